import type { ExplainQuery } from '../ipc/types/ExplainQuery';

let asked = $state.raw<ExplainQuery | null>(null);

/** The figure whose explanation is open. */
export const why = {
  get asked(): ExplainQuery | null {
    return asked;
  },
  ask(query: Omit<ExplainQuery, 'product'> & { product?: string | null }): void {
    asked = { ...query, product: query.product ?? null };
  },
  close(): void {
    asked = null;
  },
};
