import { describe, expect, test } from 'vitest';
import { documentOf, draftOf, freshDraft, minorOf, nameOf, statesOf, stepOf, type Draft } from './draft';

const NOW = '2026-11-20T16:00:00.000Z';
const shop = { name: 'Example Smoke', zone: 'America/Chicago', today: '2026-11-20', currency: 'USD' };

function filled(change: Partial<Draft> = {}): Draft {
  const draft = freshDraft(shop);
  return {
    ...draft,
    title: 'Winter raffle',
    sponsor: { ...draft.sponsor, address: '1 Example Street', state: 'tx' },
    states: 'tx, ok',
    prizes: [{ key: 0, id: 'p1', name: 'Glass set', value: '1,180.50', count: '2', tobacco: false }],
    ...change,
  };
}

function made(draft: Draft) {
  const made = documentOf(draft, NOW);
  if (!('document' in made)) throw new Error(JSON.stringify(made.faults));
  return made.document;
}

describe('the rules of a raffle', () => {
  test('what is typed becomes rules, in cents and instants', () => {
    const { rules } = made(filled());
    expect(rules.id).toBe('winter-raffle');
    expect(rules.opens_at, 'ten in the morning of Chicago').toBe('2026-11-21T16:00:00.000Z');
    expect(rules.prizes[0]?.value).toEqual({ minor: 118_050, currency: 'USD' });
    expect([rules.sponsor.state, rules.eligibility.states]).toEqual(['TX', ['TX', 'OK']]);
    expect(rules.limits, 'an empty limit is none').toEqual({
      per_person: null,
      per_person_per_day: 1,
      per_household: null,
    });
    expect([rules.free_entry?.at_counter, rules.purchase_entry, rules.paid_entry]).toEqual([true, null, null]);
  });

  test('rules that were kept come back as they were', () => {
    const document = made(
      filled({ purchase: true, paid: true, price: '5', law: 'Invented Act 1', freeMail: 'Box 1', perHousehold: '4' }),
    );
    expect(made(draftOf(document))).toEqual(document);
    expect(document.rules.paid_entry?.legal_basis?.recorded_at, 'the moment at which it was recorded').toBe(NOW);
    const later = documentOf(draftOf(document), '2027-01-01T00:00:00.000Z');
    expect(later, 'stays when the draft is written again').toEqual({ document });
  });

  test('a price without a law is kept as it is: the engine says what is missing', () => {
    expect(made(filled({ paid: true, price: '5' })).rules.paid_entry).toEqual({
      price: { minor: 500, currency: 'USD' },
      legal_basis: null,
    });
  });

  test('what is not understood is told where it is', () => {
    const wrong = documentOf(
      filled({
        title: '…',
        opensDay: 'tomorrow',
        closesTime: '8',
        minAge: 'old',
        perPerson: '1.5',
        alternates: '',
        prizes: [{ key: 0, id: '', name: '', value: 'much', count: '1', tobacco: false }],
      }),
      NOW,
    );
    expect('faults' in wrong && Object.keys(wrong.faults).sort()).toEqual([
      'alternates',
      'closes_at',
      'eligibility.min_age',
      'limits.per_person',
      'opens_at',
      'prizes',
      'title',
    ]);
  });

  test('a prize that is new gets a name that no other has', () => {
    const prize = { key: 0, name: 'A', value: '1', count: '1', tobacco: false };
    const { rules } = made(
      filled({
        prizes: [
          { ...prize, id: 'p2' },
          { ...prize, id: '' },
          { ...prize, id: '' },
        ],
      }),
    );
    expect(rules.prizes.map((one) => one.id)).toEqual(['p2', 'p1', 'p3']);
  });

  test.each([
    ['Winter raffle 2026', 'winter-raffle-2026'],
    ['  Días de Año Nuevo! ', 'dias-de-ano-nuevo'],
    ['Owner’s choice', 'owners-choice'],
    ['…', ''],
  ])('%s', (title, name) => expect(nameOf(title)).toBe(name));

  test.each([
    ['40', 4_000],
    ['$1,250.5', 125_050],
    ['0.01', 1],
    ['12.345', null],
    ['1,25', null],
    ['-4', null],
    ['', null],
  ])('%s as money', (text, minor) => expect(minorOf(text, 'USD')).toBe(minor));

  test('a currency without cents', () => expect([minorOf('500', 'JPY'), minorOf('5.5', 'JPY')]).toEqual([500, null]));
  test('states', () => expect(statesOf(' tx;OK and ')).toEqual(['TX', 'OK', 'AND']));
  test.each([
    ['closes_at', 'time'],
    ['limits.per_person', 'entries'],
    ['paid_entry.legal_basis', 'entries'],
    ['eligibility.states', 'people'],
    ['prizes', 'prizes'],
    ['sponsor.address', 'raffle'],
    ['odds', 'words'],
  ])('%s is written on the step %s', (field, step) => expect(stepOf(field)).toBe(step));
});
