import type { ImageReport, Report } from '../../src/promotion/report.ts';

export const digest = `sha256:${'a'.repeat(64)}` as const;

export const image: ImageReport = {
  source: `us-docker.pkg.dev/staging/apps/api@${digest}`,
  destination: 'us-docker.pkg.dev/prod/apps/api:v1',
  digest,
  outcome: 'promoted',
  verified: true,
};

export const report: Report = {
  schemaVersion: 1,
  outcome: 'promoted',
  images: [image],
  blobs: { mounted: 4, uploaded: 5, existing: 3 },
  bytesUploaded: 1_572_864,
  requests: 41,
  durationMs: 4100,
};
