/**
 * Why a file cannot be named to ssh; undefined when it can. In options ssh replaces `${NAME}` by a variable of its environment, and no way of
 * writing keeps it from that.
 * Source: ssh_config(5), "ENVIRONMENT VARIABLES"
 */
export function sshPathProblem(path: string): string | undefined {
  if (/\p{Cc}/u.test(path)) return 'its path contains a line break or a control character';
  if (path.includes('${')) return 'its path contains "${", which ssh takes for an environment variable';
  return undefined;
}
