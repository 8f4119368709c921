import type { Azure } from "@fairway/emulator";

/** Lines to paste into a shell: variables for the Azure SDKs, kubectl and fairway; as comments, what `az` needs and other ways to sign in. */
export function formatSettings(settings: Readonly<Record<string, string>>, azure: Azure): string {
  const { host, port } = azure.gateway;
  const secure = azure.secureGateway ? ` and https://${host}:${azure.secureGateway.port}` : "";
  return `# The embedded Azure is running. Paste this into another shell:
${exportLines(settings)}
# The Azure CLI, in the same shell. Releases before 2.48 want the three variables of the first line as well:
#   export MSI_ENDPOINT=$IDENTITY_ENDPOINT MSI_SECRET=$IDENTITY_HEADER APPSETTING_WEBSITE_SITE_NAME=fairway
#   export REQUESTS_CA_BUNDLE=$NODE_EXTRA_CA_CERTS AZURE_CORE_INSTANCE_DISCOVERY=false
#   az cloud register -n fairway --endpoint-resource-manager ${azure.armUrl}/ && az cloud set -n fairway
#   az login --identity
# A service principal instead of the managed identity (unset IDENTITY_ENDPOINT and IDENTITY_HEADER first):
${commented(exportLines(azure.servicePrincipal))}
# Status page: ${azure.armUrl}/
# Apps are served on http://${host}:${port}${secure}: send their host name in the Host header. Ctrl-C ends everything.
`;
}

function exportLines(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => `export ${name}='${value}'`)
    .join("\n");
}

function commented(lines: string): string {
  return lines.replaceAll(/^/gm, "#   ");
}
