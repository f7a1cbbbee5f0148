import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../src/oci/digest.ts';
import { type Manifest, manifestMediaTypes, parseManifest } from '../../src/oci/manifest.ts';
import { caught } from './caught.ts';

const oci = {
  index: 'application/vnd.oci.image.index.v1+json',
  image: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  artifact: 'application/vnd.oci.artifact.manifest.v1+json',
  empty: 'application/vnd.oci.empty.v1+json',
};
const docker = {
  list: 'application/vnd.docker.distribution.manifest.list.v2+json',
  image: 'application/vnd.docker.distribution.manifest.v2+json',
  config: 'application/vnd.docker.container.image.v1+json',
  layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  foreign: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
};

const digestA = digestOf(Buffer.from('a'), 'sha256');
const digestB = digestOf(Buffer.from('b'), 'sha512');
const at = (mediaType: string, more: object = {}) => ({ mediaType, digest: digestA, size: 7, ...more });

const image = {
  schemaVersion: 2,
  mediaType: oci.image,
  config: at(oci.config),
  layers: [at(oci.layer), at(oci.layer), at(oci.layer)],
};
const index = { schemaVersion: 2, mediaType: oci.index, manifests: [at(oci.image)] };
const artifact = { mediaType: oci.artifact, artifactType: 'x/y', blobs: [at('x/z')] };

function parse(document: unknown, contentType?: string): Manifest {
  const text = typeof document === 'string' ? document : JSON.stringify(document);
  return parseManifest(Buffer.from(text), contentType, 'sha256');
}

function refusal(document: unknown, contentType?: string): string {
  const fault = caught(() => parse(document, contentType));
  expect(fault.code).toBe('MANIFEST_INVALID');
  return fault.message.replace(/^manifest sha256:[0-9a-f]{64}: /, '');
}

describe('parseManifest', () => {
  it('reads an OCI image', () => {
    const { kind, blobs, manifests, mediaType, subject, artifactType } = parse(image, oci.image);
    expect({ kind, mediaType, subject, artifactType }).toEqual({ kind: 'image', mediaType: oci.image });
    expect(blobs).toEqual([image.config, ...image.layers]);
    expect(manifests).toEqual([]);
  });

  it('reads an OCI index, nested too, with platforms', () => {
    const children = [
      at(oci.image, { platform: { os: 'linux', architecture: 'amd64' } }),
      at(oci.image, { platform: { os: 'linux', architecture: 'arm', variant: 'v7', 'os.features': ['x'] } }),
      at(oci.image, { platform: { os: 'windows', architecture: 'amd64', 'os.version': '10.0.1' } }),
      at(oci.image, { platform: { os: 'unknown', architecture: 'unknown' } }),
      at(oci.image, { platform: { os: '', architecture: '', variant: '' } }),
      at(oci.image, { platform: null, artifactType: 'a/b' }),
      at(oci.index, { digest: digestB }),
    ];
    const { kind, blobs, manifests } = parse({ ...index, manifests: children }, oci.index);
    expect({ kind, blobs }).toEqual({ kind: 'index', blobs: [] });
    expect(manifests.map(({ platform }) => platform)).toEqual([
      'linux/amd64',
      'linux/arm/v7',
      'windows/amd64',
      'unknown/unknown',
      undefined,
      undefined,
      undefined,
    ]);
    expect(manifests[5]?.artifactType).toBe('a/b');
    expect(manifests[6]).toEqual({ mediaType: oci.index, digest: digestB, size: 7 });
  });

  it('reads Docker schema 2 images, foreign layers as all others', () => {
    const foreign = at(docker.foreign, { urls: ['https://elsewhere.example/layer'] });
    const document = {
      ...image,
      mediaType: docker.image,
      config: at(docker.config),
      layers: [at(docker.layer), foreign],
    };
    const { kind, blobs } = parse(document, docker.image);
    expect(kind).toBe('image');
    expect(blobs).toEqual([at(docker.config), at(docker.layer), at(docker.foreign)]);
  });

  it('reads Docker lists', () => {
    const child = at(docker.image, { platform: { os: 'linux', architecture: 'amd64', features: ['sse4'] } });
    const { kind, manifests } = parse({ ...index, mediaType: docker.list, manifests: [child] }, docker.list);
    expect(kind).toBe('index');
    expect(manifests[0]?.platform).toBe('linux/amd64');
  });

  it('reads an image with an empty config, artifactType and subject', () => {
    const document = {
      ...image,
      artifactType: 'application/sbom',
      config: at(oci.empty, { size: 2, data: 'e30=' }),
      subject: at(oci.image),
    };
    const { artifactType, subject, blobs } = parse(document, oci.image);
    expect({ artifactType, subject }).toEqual({ artifactType: 'application/sbom', subject: at(oci.image) });
    expect(blobs[0]).toEqual(at(oci.empty, { size: 2 }));
  });

  it('reads artifact manifests, with and without blobs', () => {
    const { kind, blobs, subject, artifactType } = parse({ ...artifact, subject: at(oci.image) }, oci.artifact);
    expect({ kind, blobs, subject, artifactType }).toEqual({
      kind: 'image',
      blobs: [at('x/z')],
      subject: at(oci.image),
      artifactType: 'x/y',
    });
    expect(parse({ mediaType: oci.artifact, artifactType: 'x/y' }, oci.artifact).blobs).toEqual([]);
  });

  it('takes a subject, an artifactType or a platform of null for none', () => {
    const { subject, artifactType } = parse({ ...index, subject: null, artifactType: null });
    expect({ subject, artifactType }).toEqual({});
  });

  it('S13 keeps the bytes, white space and unknown fields and all, and their digest', () => {
    const bytes = Buffer.from(
      `\n {"x-unknown" : [1.50, {"layers": 1, "Digest": 2}],\t"annotations":{"A":"1","a":"2"},${JSON.stringify(image).slice(1)}\n`,
    );
    const manifest = parseManifest(bytes, oci.image, 'sha512');
    expect(manifest.bytes).toBe(bytes);
    expect(manifest.digest).toBe(digestOf(bytes, 'sha512'));
  });

  it('reads every kind that it asks for', () => {
    const documents = [image, index, artifact];
    const read = manifestMediaTypes.filter((mediaType) =>
      documents.some((document) => {
        try {
          return parse({ ...document, mediaType }, mediaType).mediaType === mediaType;
        } catch {
          return false;
        }
      }),
    );
    expect(read).toEqual(manifestMediaTypes);
  });
});

describe("parseManifest's media type", () => {
  const { mediaType: _, ...unnamed } = image;

  it.each([
    undefined,
    '',
    'application/json',
    'text/plain; charset=utf-8',
    'application/octet-stream',
    'binary/octet-stream',
  ])("with the Content-Type %j is the document's", (contentType) =>
    expect(parse(image, contentType).mediaType).toBe(oci.image),
  );

  it.each([oci.image, `${oci.image}; charset=utf-8`, `${oci.image};a=b`, ` ${oci.image.toUpperCase()} ;x`])(
    "may be the Content-Type's alone: %s",
    (contentType) => {
      expect(parse(unnamed, contentType).mediaType).toBe(oci.image);
      expect(parse(image, contentType).mediaType).toBe(oci.image);
    },
  );

  it.each([
    [image, oci.index],
    [image, docker.image],
    [index, oci.image],
    [{ ...image, mediaType: oci.image.toUpperCase() }, oci.image],
    [{ ...image, mediaType: '' }, oci.image],
    [image, 'text/html'],
    [image, `${oci.image}, ${oci.index}`],
  ])('S31 may not be two (%#)', (document, contentType) => {
    expect(refusal(document, contentType)).toMatch(/^mediaType: ".*" contradicts the Content-Type/);
  });

  it.each([
    [unnamed, undefined, 'mediaType: is missing'],
    [unnamed, 'application/json', 'mediaType: is missing'],
    [unnamed, docker.image, 'mediaType: is missing'],
    [{ ...index, mediaType: undefined }, docker.list, 'mediaType: is missing'],
    [{ ...image, mediaType: 5 }, oci.image, 'mediaType: is not a string'],
    [{ ...image, mediaType: null }, oci.image, 'mediaType: is not a string'],
    [{ ...image, mediaType: oci.config }, undefined, `mediaType: "${oci.config}" is no kind of manifest`],
    [unnamed, 'text/html', 'mediaType: "text/html" is no kind of manifest'],
    [{ ...image, mediaType: 'constructor' }, undefined, 'mediaType: "constructor" is no kind of manifest'],
  ])('S31 must be known (%#)', (document, contentType, expected) => {
    expect(refusal(document, contentType)).toContain(expected);
  });

  it.each([
    [{ schemaVersion: 1, name: 'x', fsLayers: [] }, undefined],
    [{ schemaVersion: 1, fsLayers: [] }, 'application/vnd.docker.distribution.manifest.v1+json'],
    [{ schemaVersion: 1, fsLayers: [] }, 'application/vnd.docker.distribution.manifest.v1+prettyjws'],
    [{ ...image, schemaVersion: 1 }, oci.image],
    [{ ...unnamed, schemaVersion: 2 }, 'application/vnd.docker.distribution.manifest.v1+json'],
    [{ ...image, mediaType: 'application/vnd.docker.distribution.manifest.v1+prettyjws' }, undefined],
  ])('S31 schema 1 is refused with advice (%#)', (document, contentType) => {
    const fault = caught(() => parse(document, contentType));
    expect(fault.code).toBe('MANIFEST_INVALID');
    expect(fault.message).toContain('schema 1');
    expect(fault.hint).toContain('current tool');
  });
});

describe('parseManifest refuses', () => {
  const blob = at(oci.layer);
  const layer2 = (more: object) => ({ ...image, layers: [blob, blob, { ...blob, ...more }] });

  it.each<[string, unknown, string]>([
    ['layers with manifests', { ...image, manifests: [] }, 'manifests: does not belong in an image'],
    ['manifests of null', { ...image, manifests: null }, 'manifests: does not belong'],
    ['manifests with layers', { ...index, layers: [] }, 'layers: does not belong in an index'],
    ['manifests with config', { ...index, config: blob }, 'config: does not belong'],
    ['manifests with fsLayers', { ...index, fsLayers: [] }, 'fsLayers: does not belong'],
    ['manifests with blobs', { ...index, blobs: [] }, 'blobs: does not belong'],
    ['an image with fsLayers', { ...image, fsLayers: [] }, 'fsLayers: does not belong'],
    ['an image with blobs', { ...image, blobs: [] }, 'blobs: does not belong'],
    ['an artifact with layers', { ...artifact, layers: [] }, 'layers: does not belong'],
    ['an artifact with manifests', { ...artifact, manifests: [] }, 'manifests: does not belong'],
    ['Layers', { ...index, Layers: [] }, 'Layers: is not spelt layers'],
    ['Manifests', { ...image, Manifests: [] }, 'Manifests: is not spelt manifests'],
    ['Layers instead of layers', { ...image, layers: undefined, Layers: [] }, 'Layers: is not spelt layers'],
    ['MEDIATYPE', { ...image, MEDIATYPE: oci.index }, 'MEDIATYPE: is not spelt mediaType'],
    ['a long s for an s', { ...index, 'layer\u017f': [] }, '["layer\u017f"]: is not spelt layers'],
    ['Digest', layer2({ Digest: digestB }), 'layers[2].Digest: is not spelt digest'],
    ['config.Size', { ...image, config: { ...blob, Size: 1 } }, 'config.Size: is not spelt size'],
    ['subject.digesT', { ...image, subject: { ...blob, digesT: 1 } }, 'subject.digesT: is not spelt digest'],
    ['platform.OS', layer2({ platform: { os: 'a', architecture: 'b', OS: 'c' } }), 'layers[2].platform.OS: is not'],
    ['schemaVersion 3', { ...image, schemaVersion: 3 }, 'schemaVersion: is 3, not 2'],
    ['schemaVersion "2"', { ...image, schemaVersion: '2' }, 'schemaVersion: is "2", not 2'],
    ['no schemaVersion', { ...index, schemaVersion: undefined }, 'schemaVersion: is missing'],
    ['no config', { ...image, config: undefined }, 'config: is missing'],
    ['no layers', { ...image, layers: undefined }, 'layers: is missing'],
    ['no manifests', { ...index, manifests: undefined }, 'manifests: is missing'],
    ['manifests of null in an index', { ...index, manifests: null }, 'manifests: is not an array'],
    ['layers that are an object', { ...image, layers: {} }, 'layers: is not an array'],
    ['a config that is an array', { ...image, config: [] }, 'config: is not an object'],
    ['a layer that is null', { ...image, layers: [null] }, 'layers[0]: is not an object'],
    ['no digest', layer2({ digest: undefined }), 'layers[2].digest: is missing'],
    ['a digest that is a number', layer2({ digest: 5 }), 'layers[2].digest: 5 is not a sha256 or sha512 digest'],
    ['no mediaType of a layer', layer2({ mediaType: undefined }), 'layers[2].mediaType: is missing'],
    ['an empty mediaType of a layer', layer2({ mediaType: '' }), 'layers[2].mediaType: is empty'],
    ['no size', layer2({ size: undefined }), 'layers[2].size: is missing'],
    ['a size of text', layer2({ size: '7' }), 'layers[2].size: is not a number'],
    ['a negative size', layer2({ size: -1 }), 'layers[2].size: -1 is negative'],
    ['a fractional size', layer2({ size: 1.5 }), 'layers[2].size: 1.5 is not a whole number'],
    ['a huge size', layer2({ size: Number.MAX_SAFE_INTEGER + 1 }), 'layers[2].size: 9007199254740992 is not'],
    ['a number for artifactType', { ...index, artifactType: 4 }, 'artifactType: is not a string'],
    ['a malformed subject', { ...index, subject: { ...blob, size: -1 } }, 'subject.size: -1 is negative'],
    ['a malformed blob of an artifact', { ...artifact, blobs: [blob, 4] }, 'blobs[1]: is not an object'],
  ])('S31 %s', (_name, document, expected) => {
    expect(refusal(document)).toContain(expected);
  });

  it.each([
    'sha256:abc',
    `sha256:${'A'.repeat(64)}`,
    `sha384:${'a'.repeat(96)}`,
    `md5:${'a'.repeat(32)}`,
    '../../../etc/passwd',
    'latest',
    '',
  ])('S32 S34 the digest %j', (digest) => {
    expect(refusal(layer2({ digest }))).toBe(`layers[2].digest: "${digest}" is not a sha256 or sha512 digest`);
    expect(refusal({ ...index, manifests: [{ ...blob, digest }] })).toContain('manifests[0].digest:');
  });

  it.each<[unknown, string]>([
    ['linux/amd64', 'platform: is not an object'],
    [{ os: 'linux' }, 'platform.architecture: is missing'],
    [{ architecture: 'amd64' }, 'platform.os: is missing'],
    [{ os: 'linux', architecture: '' }, 'platform: names only one'],
    [{ os: 5, architecture: 'amd64' }, 'platform.os: is not a string'],
    [{ os: 'li nux', architecture: 'amd64' }, 'platform.os: "li nux" has more than'],
    [{ os: 'linux', architecture: 'a/b' }, 'platform.architecture: "a/b" has more than'],
    [{ os: 'linux', architecture: 'arm', variant: 'v7\n::x' }, 'platform.variant:'],
    [{ os: 'linux', architecture: 'arm', 'os.features': 'x' }, 'platform["os.features"]: is not an array'],
  ])('S32 the platform %j', (platform, expected) => {
    expect(refusal({ ...index, manifests: [{ ...blob, platform }] })).toContain(`manifests[0].${expected}`);
  });

  it.each<[string, string, string]>([
    ['at the top', '{"layers":[],"layers":[]}', 'layers: stands twice'],
    ['in a layer', '{"layers":[{},{"digest":"a","digest":"a"}]}', 'layers[1].digest: stands twice'],
    ['by escapes', String.raw`{"layers":[],"l\u0061yers":[]}`, 'layers: stands twice'],
    ['in annotations', '{"annotations":{"a b":"1","a b":"1"}}', 'annotations["a b"]: stands twice'],
    ['in unknown fields', '{"x":[[{"y":{"z":1,"z":1}}]]}', 'x[0][0].y.z: stands twice'],
    ['of __proto__', '{"__proto__":1,"__proto__":1}', '["__proto__"]: stands twice'],
    ['after a nested object of the same keys', '{"a":{"a":1,"b":2},"b":[{"a":1}],"a":3}', 'a: stands twice'],
    ['of the empty key', '{"":1,"":1}', '[""]: stands twice'],
  ])('S31 duplicate keys %s', (_name, text, expected) => {
    expect(refusal(text)).toBe(expected);
  });

  it.each<[string, string | Uint8Array, string]>([
    ['nothing', '', 'is not JSON'],
    ['text', 'hello', 'is not JSON'],
    ['a comment', '/* x */ {}', 'is not JSON'],
    ['a trailing comma', '{"a":1,}', 'is not JSON'],
    ['two documents', '{} {}', 'is not JSON'],
    ['a byte order mark', '\ufeff{}', 'is not JSON'],
    ['Latin-1', Uint8Array.from([0x7b, 0x22, 0xe9, 0x22, 0x3a, 0x31, 0x7d]), 'is not UTF-8'],
    ['UTF-16', Buffer.from('\ufeff{}', 'utf16le'), 'is not UTF-8'],
    ['an array', '[]', 'is not an object'],
    ['null', 'null', 'is not an object'],
    ['a string', '"x"', 'is not an object'],
    ['depth', `${'['.repeat(65)}${']'.repeat(65)}`, 'nested more than 64 deep'],
    ['depth, before its end is looked for', '['.repeat(65), 'nested more than 64 deep'],
    ['great depth', `{"a":${'[{"b":'.repeat(200_000)}1${'}]'.repeat(200_000)}}`, 'nested more than 64 deep'],
  ])('%s', (_name, content, expected) => {
    const fault = caught(() => parseManifest(Buffer.from(content), oci.image, 'sha256'));
    expect(fault.code).toBe('MANIFEST_INVALID');
    expect(fault.message).toContain(expected);
  });

  it('no depth of 64', () => {
    expect(parse({ ...image, x: JSON.parse(`${'['.repeat(63)}${']'.repeat(63)}`) }).kind).toBe('image');
  });

  it('S38 with messages that are harmless and short, whatever stands in the document', () => {
    const evil = '\u001b[2J\u202e\n::error::\u2028';
    for (const text of [evil, evil.repeat(1000)]) {
      const documents = [
        text,
        `{${JSON.stringify(text)}:1,${JSON.stringify(text)}:2}`,
        { ...image, mediaType: text },
        { ...image, schemaVersion: text },
        layer2({ digest: text }),
        layer2({ size: text }),
        layer2({ platform: { os: text, architecture: 'a' } }),
      ];
      for (const document of documents) {
        const { message } = caught(() => parse(document));
        expect(message).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|(?<![\w[])::/u);
        expect(message.length).toBeLessThan(1000);
      }
      expect(refusal(image, text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|(?<![\w[])::/u);
    }
  });

  it('S31 nothing but by a MANIFEST_INVALID fault, whatever one field is replaced by', () => {
    const fields = fc.constantFrom(
      'schemaVersion',
      'mediaType',
      'config',
      'layers',
      'manifests',
      'subject',
      'artifactType',
      'LAYERS',
    );
    fc.assert(
      fc.property(fc.constantFrom(image, index, artifact), fields, fc.jsonValue(), (document, field, value) => {
        try {
          parse({ ...document, [field]: value });
        } catch (error) {
          expect(error).toMatchObject({ name: 'Fault', code: 'MANIFEST_INVALID' });
        }
      }),
    );
  });
});
