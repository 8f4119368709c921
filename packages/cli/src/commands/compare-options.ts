import type { CommonOptions } from "../context.ts";

export interface CompareOptions extends CommonOptions {
  readonly lane: string;
  readonly topology: string;
  readonly traffic: string;
  readonly strategies?: readonly string[];
  readonly incidents?: readonly string[];
  readonly seeds: string;
  readonly workers?: string;
  readonly output: string;
  readonly calibration?: string;
  readonly seed: string;
  readonly experiment?: readonly string[];
  readonly report: string;
  readonly timeScale: string;
  readonly serve?: boolean;
  readonly port: string;
  readonly start?: boolean;
}
