/** Who we are to a registry. Asked per host; what it gives goes to that host's own origin and nowhere else. */
export interface CredentialProvider {
  /**
   * @param host with the port, where there is one
   * @returns the value of an Authorization header, or undefined for an anonymous request
   */
  authorization(host: string): Promise<string | undefined>;
  /**
   * After a 401.
   * @param rejected the value that was not accepted
   * @returns a newer value, or undefined where there is none to be had
   */
  renew(host: string, rejected: string): Promise<string | undefined>;
}
