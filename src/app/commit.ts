/** The commit this program was built from; the build fills it in, if it can tell. */
export const commit: string | undefined = undefined;
