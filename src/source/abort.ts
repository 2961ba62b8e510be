/** A controller that follows `parent`, with the function that cuts the tie (a parent may outlive thousands of children). */
export function linkedAbort(parent: AbortSignal): {controller: AbortController; unlink: () => void} {
  const controller = new AbortController();
  const follow = () => controller.abort(parent.reason);
  if (parent.aborted) follow();
  else parent.addEventListener('abort', follow, {once: true});
  return {controller, unlink: () => parent.removeEventListener('abort', follow)};
}
