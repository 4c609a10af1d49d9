import type { Connections } from '../ipc/types/Connections';
import type { Setup } from '../ipc/types/Setup';

/** The steps of setting a shop up, in their order. */
export const steps = ['shop', 'square', 'lightspeed', 'warehouse', 'done'] as const;
export type Step = (typeof steps)[number];

export const stepName: Record<Step, string> = {
  shop: 'Shop',
  square: 'Square',
  lightspeed: 'Lightspeed',
  warehouse: 'BigQuery',
  done: 'Done',
};

/** What is connected. */
export interface Connected {
  square: boolean;
  lightspeed: boolean;
  warehouse: boolean;
}

/** What is connected, out of what the engine says of its connections. */
export function connected(connections: Pick<Connections, 'sources' | 'warehouse'> | undefined): Connected {
  const of = (kind: string) => connections?.sources.some((source) => source.kind === kind && source.connected) ?? false;
  return {
    square: of('square'),
    lightspeed: of('lightspeed_r'),
    warehouse: connections?.warehouse.connected ?? false,
  };
}

/** Whether sales come in from somewhere. */
export const sells = (have: Connected): boolean => have.square || have.lightspeed;

const known = (name: string | null): Step | undefined => steps.find((step) => step === name);

/** Whether a step has nothing left to do: its part is connected, or somebody has gone past it. */
function settled(step: Step, left: Setup, have: Connected): boolean {
  if (step === 'done') return left.finished;
  if (step === 'shop') return sells(have) || (known(left.step) ?? 'shop') !== 'shop';
  return have[step] || left.skipped.includes(step);
}

/** The step that is asked for, else the one it was left at, else the first with something left to do. */
export function stepOf(asked: string | null, left: Setup, have: Connected): Step {
  const here = known(left.step);
  return (
    known(asked) ??
    (here && !settled(here, left, have) ? here : (steps.find((step) => !settled(step, left, have)) ?? 'done'))
  );
}

/** The step after another. */
export function after(step: Step): Step {
  return steps[steps.indexOf(step) + 1] ?? 'done';
}

/** The step before another; none before the first. */
export function before(step: Step): Step | undefined {
  return steps[steps.indexOf(step) - 1];
}

/** How far it has come once a step was left, skipped or done. */
export function leftAt(next: Step, setup: Setup, step: Step, skip: boolean): Setup {
  const others = setup.skipped.filter((name) => name !== step);
  return { step: next, skipped: skip ? [...others, step] : others, finished: setup.finished || next === 'done' };
}

/** What is missing and was not skipped, as a sentence; nothing where nothing is. */
export function missingWords(left: Setup, have: Connected): string {
  if (!sells(have)) return 'No point of sale is connected: no new sales come in.';
  if (!have.warehouse && !left.skipped.includes('warehouse')) {
    return 'BigQuery is not connected: sales stay on this computer.';
  }
  const step = known(left.step);
  return step && !left.finished ? `Setting up was left at ${stepName[step]}.` : '';
}
