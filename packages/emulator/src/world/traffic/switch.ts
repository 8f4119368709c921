/** What divides traffic among clusters and regions, as faults know it. Names are compared without case. */
export interface TrafficSwitch {
  /** Its own name of what it is: `Traffic Manager profile`. */
  readonly what: string;
  /** Names of those that it leads to; undefined: there is none of that name. */
  endpointsOf(name: string): readonly string[] | undefined;
  /** Nobody reaches the endpoint any more, or everybody again: probes notice later. */
  setReachable(name: string, endpoint: string, isReachable: boolean): void;
}

/** Where callers are sent now: to one of the answers, as likely as its weight says, to be kept for so long. */
export interface Answers {
  /** 0: asked for each request. */
  readonly ttlSeconds: number;
  readonly answers: readonly Answer[];
}

export interface Answer {
  readonly endpoint: string;
  /** Host name or address; null for a resource that Azure would resolve. */
  readonly target: string | null;
  readonly weight: number;
  /** False while a fault keeps everybody from it, be it that the probes have not seen that yet. */
  readonly isReachable: boolean;
}
