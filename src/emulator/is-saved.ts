import type { ApiParts } from './api-parts.ts';

/** Whether all changes so far are on the disk, once that is known. */
export function isSaved({ saved }: Pick<ApiParts, 'saved'>): Promise<boolean> {
  return saved().then(
    () => true,
    () => false,
  );
}
