/**
 * US dollars per hour of a Linux machine, pay as you go, by region. Source: Azure Retail Prices API as of June 2026, as the
 * pricing table of Azure/karpenter-provider-azure holds it (pkg/providers/pricing/zz_generated.pricing.go).
 */
const hourly: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  standard_b2s: { eastus: 0.0416, westeurope: 0.048, northeurope: 0.045, uksouth: 0.0472, swedencentral: 0.0432 },
  standard_b2ms: { eastus: 0.0832, westeurope: 0.096, northeurope: 0.091, uksouth: 0.0944, swedencentral: 0.0864 },
  standard_d2s_v5: { eastus: 0.096, westeurope: 0.115, northeurope: 0.107, uksouth: 0.111, swedencentral: 0.102 },
  standard_d4s_v5: { eastus: 0.192, westeurope: 0.23, northeurope: 0.214, uksouth: 0.222, swedencentral: 0.204 },
  standard_d8s_v5: { eastus: 0.384, westeurope: 0.46, northeurope: 0.428, uksouth: 0.444, swedencentral: 0.408 },
  standard_d2ds_v5: { eastus: 0.113, westeurope: 0.136, northeurope: 0.126, uksouth: 0.131, swedencentral: 0.12 },
  standard_d4ds_v5: { eastus: 0.226, westeurope: 0.272, northeurope: 0.252, uksouth: 0.262, swedencentral: 0.24 },
  standard_d8ds_v5: { eastus: 0.452, westeurope: 0.544, northeurope: 0.504, uksouth: 0.524, swedencentral: 0.48 },
  standard_d16ds_v5: { eastus: 0.904, westeurope: 1.088, northeurope: 1.008, uksouth: 1.048, swedencentral: 0.96 },
  standard_d4s_v6: { eastus: 0.202, westeurope: 0.242, northeurope: 0.225, uksouth: 0.233, swedencentral: 0.214 },
  standard_d4as_v6: { eastus: 0.182, westeurope: 0.22, northeurope: 0.202, uksouth: 0.211, swedencentral: 0.194 },
  standard_e4s_v5: { eastus: 0.252, westeurope: 0.304, northeurope: 0.282, uksouth: 0.296, swedencentral: 0.268 },
  standard_f4s_v2: { eastus: 0.169, westeurope: 0.194, northeurope: 0.192, uksouth: 0.202, swedencentral: 0.194 },
};

export const priceSource = "Azure Retail Prices API, June 2026, Linux, pay as you go";
export const defaultRegion = "westeurope";

/** Undefined for sizes and regions that the table does not have. */
export function dollarsPerHour(vmSize: string, region: string): number | undefined {
  return hourly[vmSize.toLowerCase()]?.[region.toLowerCase()];
}
