import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { run } from '../../image/buildah.ts';

const attached = v.looseObject({ digest: v.string() });
const discovered = v.looseObject({ referrers: v.array(attached) });

/** cosign with a key of its own, without any network but the registry's, and oras. */
export class Signer {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async make(): Promise<Signer> {
    const signer = new Signer(await mkdtemp(join(tmpdir(), 'promote-signer-')));
    await signer.#cosign('generate-key-pair', '--output-key-prefix', join(signer.#folder, 'key'));
    return signer;
  }

  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** A signature as cosign makes it today: a bundle that refers to what it signs. */
  async sign(reference: string): Promise<void> {
    await this.#cosign('sign', ...this.#signing, reference);
  }

  /** One as cosign made it before: under a tag. */
  async signByTag(reference: string): Promise<void> {
    await this.#cosign('sign', '--new-bundle-format=false', ...this.#signing, reference);
  }

  async attestByTag(reference: string): Promise<void> {
    const predicate = join(this.#folder, 'predicate.json');
    await writeFile(predicate, '{"tested":true}');
    await this.#cosign('attest', '--new-bundle-format=false', '--predicate', predicate, ...this.#signing, reference);
  }

  /** @throws where no signature of our key is found */
  async verify(reference: string): Promise<void> {
    await this.#cosign('verify', ...this.#checking, reference);
  }

  async verifyByTag(reference: string): Promise<void> {
    await this.#cosign('verify', '--new-bundle-format=false', ...this.#checking, reference);
  }

  async verifyAttestationByTag(reference: string): Promise<void> {
    await this.#cosign(
      'verify-attestation',
      '--new-bundle-format=false',
      '--type=custom',
      ...this.#checking,
      reference,
    );
  }

  /** Attaches a file. @returns the artifact's digest */
  async attach(reference: string, artifactType: string, content: string): Promise<string> {
    await writeFile(join(this.#folder, 'attached.json'), content);
    const options = ['--plain-http', '--artifact-type', artifactType, '--format', 'json'];
    const oras = ['-C', this.#folder, 'oras', 'attach', ...options, reference, 'attached.json'];
    return v.parse(attached, JSON.parse(await run('env', oras))).digest;
  }

  /** The digests of what refers to a manifest, as oras finds them. */
  async referrers(reference: string): Promise<string[]> {
    const options = ['--plain-http', '--format', 'json', '--depth', '1'];
    const { referrers } = v.parse(discovered, JSON.parse(await run('oras', ['discover', ...options, reference])));
    return referrers.map(({ digest }) => digest);
  }

  /** The file of an artifact, as oras pulls it. */
  async pulled(reference: string): Promise<string> {
    const folder = await mkdtemp(join(this.#folder, 'pulled-'));
    await run('oras', ['pull', '--plain-http', '--output', folder, reference]);
    return readFile(join(folder, 'attached.json'), 'utf8');
  }

  get #signing(): readonly string[] {
    const offline = ['--use-signing-config=false', '--tlog-upload=false'];
    return ['--key', join(this.#folder, 'key.key'), ...offline, '--allow-http-registry', '--yes'];
  }

  get #checking(): readonly string[] {
    return ['--key', join(this.#folder, 'key.pub'), '--insecure-ignore-tlog', '--allow-http-registry'];
  }

  #cosign(...args: readonly string[]): Promise<string> {
    return run('env', [`HOME=${this.#folder}`, 'COSIGN_PASSWORD=', 'cosign', ...args]);
  }
}
