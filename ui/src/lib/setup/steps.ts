import type { Connections } from '../ipc/types/Connections';

/** The steps of setting a shop up, in their order. */
export const steps = ['shop', 'sale', 'warehouse', 'done'] as const;
export type Step = (typeof steps)[number];

export const stepName: Record<Step, string> = {
  shop: 'Shop',
  sale: 'Point of sale',
  warehouse: 'BigQuery',
  done: 'Done',
};

/** What is connected. */
export interface Connected {
  sale: boolean;
  warehouse: boolean;
}

/** What is connected, out of what the engine says of its connections. */
export function connected(connections: Pick<Connections, 'sources' | 'warehouse'> | undefined): Connected {
  return {
    sale: connections?.sources.some((source) => source.connected) ?? false,
    warehouse: connections?.warehouse.connected ?? false,
  };
}

/** The step that is asked for, or the first that is left to do. Nothing remembers steps: what is connected tells it. */
export function stepOf(asked: string | null, have: Connected, firstRun: boolean): Step {
  const known = steps.find((step) => step === asked);
  if (known) return known;
  if (!have.sale) return firstRun ? 'shop' : 'sale';
  return have.warehouse ? 'done' : 'warehouse';
}

/** The step after another. */
export function after(step: Step): Step {
  return steps[steps.indexOf(step) + 1] ?? 'done';
}

/** The step before another; none before the first. */
export function before(step: Step): Step | undefined {
  return steps[steps.indexOf(step) - 1];
}

/** What is missing, as a sentence; nothing where nothing is. */
export function missingWords(have: Connected): string {
  if (!have.sale) return 'No point of sale is connected: no new sales come in.';
  return have.warehouse ? '' : 'BigQuery is not connected: sales stay on this computer.';
}
