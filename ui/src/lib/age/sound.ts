/** Three sounds that nobody takes for each other: two rising tones, a low buzz, three even knocks. */

export type Colour = 'green' | 'red' | 'amber';

/** A tone: hertz, when it begins and how long it lasts in seconds, and its form. */
type Tone = [hertz: number, begins: number, lasts: number, form: OscillatorType];

export const tones: Record<Colour, Tone[]> = {
  green: [
    [660, 0, 0.12, 'sine'],
    [990, 0.13, 0.2, 'sine'],
  ],
  red: [
    [165, 0, 0.28, 'square'],
    [139, 0.34, 0.42, 'square'],
  ],
  amber: [
    [440, 0, 0.09, 'triangle'],
    [440, 0.18, 0.09, 'triangle'],
    [440, 0.36, 0.09, 'triangle'],
  ],
};

const KEY = 'backroom.age.mute';
const LOUDNESS = 0.18;
let context: AudioContext | undefined;

export function muted(): boolean {
  return localStorage.getItem(KEY) === '1';
}

export function mute(on: boolean): void {
  localStorage.setItem(KEY, on ? '1' : '0');
}

/** Plays a verdict. Where nothing can sound the colour, the word and the shape say it alone. */
export function play(colour: Colour): void {
  if (muted()) return;
  try {
    context ??= new AudioContext();
    void context.resume();
    const start = context.currentTime;
    for (const [hertz, begins, lasts, form] of tones[colour]) {
      const tone = context.createOscillator();
      const gain = context.createGain();
      tone.type = form;
      tone.frequency.value = hertz;
      gain.gain.setValueAtTime(LOUDNESS, start + begins);
      // Ends softly: a cut tone clicks.
      gain.gain.exponentialRampToValueAtTime(0.001, start + begins + lasts);
      tone.connect(gain).connect(context.destination);
      tone.start(start + begins);
      tone.stop(start + begins + lasts);
    }
  } catch {
    // A PC without a sound card.
  }
}
