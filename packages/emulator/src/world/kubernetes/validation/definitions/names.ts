import { type JsonRecord, listAt, textAt } from "../../json.ts";
import { childPath, type FieldError, invalidValue, itemPath, required } from "../field-errors.ts";

const label =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

export function validateLabel1035(text: string, path: string): readonly FieldError[] {
  return [
    ...(text.length > 63 ? [invalidValue(path, text, "must be no more than 63 characters")] : []),
    ...(/^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(text) ? [] : [invalidValue(path, text, label)]),
  ];
}

/** What the objects of a definition are called. */
export function validateNames(names: JsonRecord): readonly FieldError[] {
  const path = "spec.names";
  const textOf = (member: string): string => textAt(names, member) ?? "";
  const lists = ["shortNames", "categories"].flatMap((member) =>
    listAt(names, member).flatMap((name, index) =>
      validateLabel1035(String(name), itemPath(childPath(path, member), index)),
    ),
  );
  return [
    ...["plural", "singular"].flatMap((member) => {
      const text = textOf(member);
      return text === "" ? [required(childPath(path, member))] : validateLabel1035(text, childPath(path, member));
    }),
    ...["kind", "listKind"].flatMap((member) => validateKind(textOf(member), childPath(path, member))),
    ...(textOf("kind") !== "" && textOf("kind") === textOf("listKind")
      ? [invalidValue(childPath(path, "listKind"), textOf("listKind"), "kind and listKind may not be the same")]
      : []),
    ...lists,
  ];
}

function validateKind(kind: string, path: string): readonly FieldError[] {
  if (kind === "") return [required(path)];
  const fits = validateLabel1035(kind.toLowerCase(), path).length === 0;
  return fits ? [] : [invalidValue(path, kind, `may have mixed case, but should otherwise match: ${label}`)];
}
