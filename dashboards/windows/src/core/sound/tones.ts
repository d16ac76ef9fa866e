/** Tones made in code, one pattern per rank; the browser lets them sound only after a hand has touched the page. */

export type Tone = "severe" | "critical" | "order" | "notice";
const patterns: Record<Tone, { hz: number; atS: number; lengthS: number }[]> = {
  severe: [0, 0.22, 0.44].map((atS) => ({ hz: 988, atS, lengthS: 0.16 })),
  critical: [{ hz: 880, atS: 0, lengthS: 0.18 }, { hz: 660, atS: 0.24, lengthS: 0.24 }],
  order: [{ hz: 784, atS: 0, lengthS: 0.18 }, { hz: 1047, atS: 0.22, lengthS: 0.3 }],
  notice: [{ hz: 587, atS: 0, lengthS: 0.15 }],
};

let speaker: AudioContext | null = null;
let muted = false;

export const setMuted = (value: boolean): void => void (muted = value);

/** Call from a click or key press once; phones stay silent otherwise. */
export async function wakeSpeaker(): Promise<void> {
  if (typeof AudioContext === "undefined") return;
  speaker ??= new AudioContext();
  // Without a hand on the page the promise of `resume` stays open: its state is the answer.
  await Promise.race([speaker.resume().catch(() => undefined), new Promise((done) => setTimeout(done, 300))]);
}
/** Whether a tone would be heard now, mute aside. */
export const isAwake = (): boolean => speaker?.state === "running";

export function ring(tone: Tone): void {
  if (muted || !speaker || speaker.state !== "running") return;
  for (const { hz, atS, lengthS } of patterns[tone]) {
    const begin = speaker.currentTime + atS;
    const wave = speaker.createOscillator();
    const gain = speaker.createGain();
    wave.frequency.value = hz;
    gain.gain.setValueAtTime(0.0001, begin);
    gain.gain.exponentialRampToValueAtTime(0.25, begin + 0.02);
    gain.gain.exponentialRampToValueAtTime(0.0001, begin + lengthS);
    wave.connect(gain).connect(speaker.destination);
    wave.start(begin);
    wave.stop(begin + lengthS + 0.02);
  }
}
