import type { SwitcherAddress } from "@fairway/switchers";
import { invalidAddress, type Part, readParts, resourceGroup, subscription } from "./address-parts.ts";

const forms = {
  tm: "tm://SUBSCRIPTION/GROUP/PROFILE",
  afd: "afd://SUBSCRIPTION/GROUP/PROFILE/ORIGIN-GROUP",
  apim: "apim://SUBSCRIPTION/GROUP/SERVICE/BACKEND",
} as const satisfies Record<SwitcherAddress["scheme"], string>;

/** Throws `target-invalid` with the part that is wrong. */
export function parseSwitcherAddress(address: string): { readonly place: SwitcherAddress; readonly canonical: string } {
  const [, given = "", rest = ""] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/i.exec(address.trim()) ?? [];
  const scheme = given.toLowerCase();
  switch (scheme) {
    case "tm": {
      const parts = readParts([subscription, resourceGroup, trafficManagerProfile], rest, address, forms.tm);
      const [subscriptionId, group, profile] = parts;
      return { place: { scheme, subscriptionId, resourceGroup: group, profile }, canonical: `tm://${parts.join("/")}` };
    }
    case "afd": {
      const parts = readParts([subscription, resourceGroup, frontDoorProfile, originGroup], rest, address, forms.afd);
      const [subscriptionId, group, profile, name] = parts;
      const place = { scheme, subscriptionId, resourceGroup: group, profile, originGroup: name } as const;
      return { place, canonical: `afd://${parts.join("/")}` };
    }
    case "apim": {
      const parts = readParts([subscription, resourceGroup, apiManagement, backend], rest, address, forms.apim);
      const [subscriptionId, group, service, name] = parts;
      const place = { scheme, subscriptionId, resourceGroup: group, service, backend: name } as const;
      return { place, canonical: `apim://${parts.join("/")}` };
    }
    default: {
      const schemes = Object.keys(forms).map((one) => `${one}://`);
      const text = `"${address}" is no switcher: one starts with ${schemes.join(" or ")}.`;
      throw invalidAddress(text, "scheme", Object.values(forms).join(" or "));
    }
  }
}

const trafficManagerProfile: Part = {
  name: "profile",
  form: /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/i,
  rule: "must be the name of a Traffic Manager profile: 1-63 letters, digits and '-'",
};

const frontDoorProfile: Part = {
  name: "profile",
  form: /^[a-z0-9][-a-z0-9]{0,258}[a-z0-9]$/i,
  rule: "must be the name of a Front Door profile: 2-260 letters, digits and '-'",
};

const originGroup: Part = {
  name: "originGroup",
  form: /^[a-z0-9]([-a-z0-9]{0,88}[a-z0-9])?$/i,
  rule: "must be the name of an origin group: 1-90 letters, digits and '-'",
};

const apiManagement: Part = {
  name: "service",
  form: /^[a-z]([-a-z0-9]{0,48}[a-z0-9])?$/i,
  rule: "must be the name of an API Management service: 1-50 letters, digits and '-', beginning with a letter",
};

const backend: Part = {
  name: "backend",
  form: /^[^*#&+:<>?\s/]{1,80}$/,
  rule: "must be the name of a backend: 1-80 characters",
};
