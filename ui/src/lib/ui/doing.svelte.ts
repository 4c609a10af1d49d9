import type { ApiError } from '../ipc/types/ApiError';
import { asApiError } from '../platform';

/** One action of a person: under way, done, or failed with words. */
export function doing() {
  let running = $state(false);
  let error = $state.raw<ApiError | null>(null);
  return {
    get running(): boolean {
      return running;
    },
    get error(): ApiError | null {
      return error;
    },
    clear(): void {
      error = null;
    },
    /** Runs the action once at a time; answers whether it succeeded. */
    async run(action: () => Promise<unknown>): Promise<boolean> {
      if (running) return false;
      running = true;
      error = null;
      try {
        await action();
        return true;
      } catch (thrown) {
        error = asApiError(thrown);
        return false;
      } finally {
        running = false;
      }
    },
  };
}
