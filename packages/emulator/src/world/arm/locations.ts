/** Regions: short name, as in ids and URLs, and display name, as Microsoft.App and the list of providers write it. */
const regions = {
  australiaeast: "Australia East",
  australiasoutheast: "Australia Southeast",
  austriaeast: "Austria East",
  belgiumcentral: "Belgium Central",
  brazilsouth: "Brazil South",
  canadacentral: "Canada Central",
  canadaeast: "Canada East",
  centralindia: "Central India",
  centralus: "Central US",
  centraluseuap: "Central US EUAP",
  chilecentral: "Chile Central",
  eastasia: "East Asia",
  eastus: "East US",
  eastus2: "East US 2",
  eastus2euap: "East US 2 EUAP",
  francecentral: "France Central",
  francesouth: "France South",
  germanywestcentral: "Germany West Central",
  indonesiacentral: "Indonesia Central",
  israelcentral: "Israel Central",
  italynorth: "Italy North",
  japaneast: "Japan East",
  japanwest: "Japan West",
  koreacentral: "Korea Central",
  koreasouth: "Korea South",
  malaysiawest: "Malaysia West",
  mexicocentral: "Mexico Central",
  newzealandnorth: "New Zealand North",
  northcentralus: "North Central US",
  northcentralusstage: "North Central US (Stage)",
  northeurope: "North Europe",
  norwayeast: "Norway East",
  polandcentral: "Poland Central",
  qatarcentral: "Qatar Central",
  southafricanorth: "South Africa North",
  southcentralus: "South Central US",
  southeastasia: "Southeast Asia",
  southindia: "South India",
  spaincentral: "Spain Central",
  swedencentral: "Sweden Central",
  switzerlandnorth: "Switzerland North",
  uaenorth: "UAE North",
  uksouth: "UK South",
  ukwest: "UK West",
  westcentralus: "West Central US",
  westeurope: "West Europe",
  westus: "West US",
  westus2: "West US 2",
  westus3: "West US 3",
} as const satisfies Record<string, string>;

export const locations: readonly { readonly name: string; readonly displayName: string }[] = Object.entries(
  regions,
).map(([name, displayName]) => ({ name, displayName }));

/** Short name of a region that was given in either form (`West Europe`, `westeurope`); undefined when there is none. */
export function locationName(text: string): string | undefined {
  const name = text.replaceAll(/[ ()]/g, "").toLowerCase();
  return Object.hasOwn(regions, name) ? name : undefined;
}

export function locationDisplayName(name: string): string {
  return locations.find((location) => location.name === name)?.displayName ?? name;
}
