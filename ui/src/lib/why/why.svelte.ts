import type { ExplainQuery } from '../ipc/types/ExplainQuery';

/** What is asked of a figure; a product only where it is of one. */
export type Asked = Omit<ExplainQuery, 'product'> & { product?: string | null };

let asked = $state.raw<ExplainQuery | null>(null);

/** The figure whose explanation is open. */
export const why = {
  get asked(): ExplainQuery | null {
    return asked;
  },
  ask(query: Asked): void {
    asked = { ...query, product: query.product ?? null };
  },
  close(): void {
    asked = null;
  },
};
