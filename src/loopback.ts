/** Whether a host name or address, in any case, means this machine, so that two of them name one server. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/i.test(host);
}
