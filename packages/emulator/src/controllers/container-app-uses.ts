import { environmentId } from "../world/container-apps/environment.ts";
import { isJson, type Json } from "../world/container-apps/json.ts";
import { Refusal } from "../world/container-apps/refusal.ts";
import type { ContainerApp } from "./container-app.ts";

/** Refuses to delete what apps still use: environments that they are in, certificates of their domains, and components that they are bound to. Codes and texts as recorded. */
export function refuseInUse(apps: readonly ContainerApp[], path: string, id: string): void {
  const name = id.split("/").at(-1) ?? "";
  const uses = (list: unknown, member: string): boolean =>
    Array.isArray(list) && list.some((item) => isJson(item) && isSame(item, member, id));
  if (/certificates$/i.test(path)) {
    const isBound = apps.some(({ configuration }) =>
      uses(configuration.ingress?.carried["customDomains"], "certificateId"),
    );
    const text = `Certificate '${name}' is used by existing custom domains.`;
    if (isBound) throw new Refusal(400, "CertificateInUse", text);
  }
  if (path === "connectedEnvironments") {
    const count = apps.filter(
      ({ environment }) => environmentId(environment).toLowerCase() === id.toLowerCase(),
    ).length;
    const text = `The specified environment ${name} cannot be deleted because it still contains ${count} active container apps.`;
    if (count > 0) throw new Refusal(409, "100026", text);
  }
  if (path === "managedEnvironments/javaComponents") {
    const isBound = apps.some(({ spec }) => uses(spec.template.carried["serviceBinds"], "serviceId"));
    const text = `Cannot remove Java Component: ${name} because it is being binded by container apps, please unbind the Java Component first.`;
    if (isBound) throw new Refusal(400, "JavaComponentInUse", text);
  }
}

function isSame(item: Json, member: string, id: string): boolean {
  return String(item[member]).toLowerCase() === id.toLowerCase();
}
