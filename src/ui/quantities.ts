const unit = 1024;
const larger = ['KiB', 'MiB', 'GiB', 'TiB'] as const;

/** A number of bytes for people: `512 B`, `1.5 MiB`. */
export function bytesText(bytes: number): string {
  if (bytes < unit) return `${bytes} B`;
  // What would round up to 1024.0 is shown in the next unit.
  const power = larger.findIndex((_, index) => bytes / unit ** (index + 1) < unit - 0.05);
  const index = power < 0 ? larger.length - 1 : power;
  return `${(bytes / unit ** (index + 1)).toFixed(1)} ${larger[index]}`;
}

/** A time for people: `85 ms`, `4.1 s`, `3 min 20 s`, `1 h 05 min`. */
export function durationText(milliseconds: number): string {
  if (milliseconds < 995) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 59_950) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${twoDigits(seconds % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${twoDigits(minutes % 60)} min`;
}

/** `1 blob`, `2 blobs`, `3 repositories` */
export function counted(count: number, noun: string): string {
  return `${count} ${count === 1 ? noun : `${noun.replace(/y$/, 'ie')}s`}`;
}

function twoDigits(count: number): string {
  return String(count).padStart(2, '0');
}
