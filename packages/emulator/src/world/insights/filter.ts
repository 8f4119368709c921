import { ArmError } from "../arm/provider.ts";
import type { ActivityEvent } from "./activity-log.ts";

type Condition = (event: ActivityEvent) => boolean;

/** `$filter` of the activity log: `NAME eq 'VALUE'`, joined by `and`, with the time at which it begins. Throws 400. */
export function parseFilter(text: string, nowMs: number): Condition {
  const terms = text.trim() === "" ? [] : text.trim().split(/\s+and\s+/i);
  const parsed = terms.map((term) => parseTerm(term));
  const begin = parsed.find(({ name, comparison }) => name === "eventtimestamp" && comparison === "ge");
  if (!begin) throw badRequest("The $filter must have a start time: eventTimestamp ge 'TIME'.");
  if (timeOf(begin.value) < nowMs - longestMs) {
    throw badRequest("The start time cannot be more than 90 days in the past.");
  }
  const conditions = parsed.map(conditionOf);
  return (event) => conditions.every((holds) => holds(event));
}

/** And a moment for the way of the request. */
const longestMs = 90 * 86_400_000 + 60_000;

interface Term {
  readonly name: string;
  readonly comparison: string;
  readonly value: string;
}

function parseTerm(term: string): Term {
  const [, name, comparison, value] = /^(\w+)\s+(eq|ge|le)\s+'([^']*)'$/i.exec(term.trim()) ?? [];
  if (name === undefined || comparison === undefined || value === undefined) {
    throw badRequest(
      `The filter term '${term.slice(0, 80)}' cannot be read. Terms are NAME eq 'VALUE', joined by and.`,
    );
  }
  return { name: name.toLowerCase(), comparison: comparison.toLowerCase(), value };
}

function conditionOf({ name, comparison, value }: Term): Condition {
  if (name === "eventtimestamp" && comparison !== "eq") {
    const timeMs = timeOf(value);
    return comparison === "ge" ? (event) => event.timeMs >= timeMs : (event) => event.timeMs <= timeMs;
  }
  const read = fields[name];
  if (!read || comparison !== "eq") throw badRequest(`The filter cannot have ${name} ${comparison}.`);
  const wanted = value.toLowerCase();
  return (event) => read(event).toLowerCase() === wanted;
}

const fields: Readonly<Record<string, (event: ActivityEvent) => string>> = {
  resourcegroupname: ({ activity }) => activity.resourceGroup,
  resourceuri: ({ activity }) => activity.resourceId,
  resourceid: ({ activity }) => activity.resourceId,
  resourceprovider: ({ activity }) => activity.provider,
  resourcetype: ({ activity }) => activity.type,
  correlationid: ({ activity }) => activity.correlationId,
  caller: ({ activity }) => activity.caller,
  status: ({ status }) => status,
  // What there is here is all of these channels.
  eventchannels: () => "admin, operation",
};

function timeOf(text: string): number {
  const timeMs = Date.parse(text);
  if (Number.isNaN(timeMs)) throw badRequest(`The time '${text.slice(0, 40)}' cannot be read.`);
  return timeMs;
}

function badRequest(text: string): ArmError {
  return new ArmError(400, "BadRequest", text);
}
