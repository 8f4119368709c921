const schema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#";

/** As Bicep writes it: a workspace, an environment that logs to it, and an app with revisions of its own. */
export const shop = {
  $schema: schema,
  contentVersion: "1.0.0.0",
  parameters: {
    name: { type: "string", minLength: 2, metadata: { description: "of the app" } },
    location: { type: "string", defaultValue: "[resourceGroup().location]" },
    replicas: { type: "int", defaultValue: 1, minValue: 0, maxValue: 10 },
    password: { type: "securestring", defaultValue: "[newGuid()]" },
    tier: { type: "string", defaultValue: "small", allowedValues: ["small", "large"] },
  },
  variables: {
    environment: "[format('{0}-env', parameters('name'))]",
    sizes: { small: { cpu: "0.5", memory: "1Gi" }, large: { cpu: "1", memory: "2Gi" } },
    size: "[variables('sizes')[parameters('tier')]]",
  },
  resources: [
    {
      type: "Microsoft.App/containerApps",
      apiVersion: "2025-07-01",
      name: "[parameters('name')]",
      location: "[parameters('location')]",
      tags: { tier: "[parameters('tier')]", "[[plain]": "yes" },
      properties: {
        managedEnvironmentId: "[resourceId('Microsoft.App/managedEnvironments', variables('environment'))]",
        configuration: {
          secrets: [{ name: "password", value: "[parameters('password')]" }],
          ingress: { external: true, targetPort: 8080 },
        },
        template: {
          containers: [
            {
              name: "web",
              image: "shop/web:1",
              resources: {
                cpu: "[json(variables('size').cpu)]",
                memory: "[variables('size').memory]",
              },
              copy: [
                {
                  name: "env",
                  count: 2,
                  input: { name: "[concat('E', copyIndex('env', 1))]", value: "[string(copyIndex('env'))]" },
                },
              ],
            },
          ],
          scale: { minReplicas: "[parameters('replicas')]" },
        },
      },
      dependsOn: ["[resourceId('Microsoft.App/managedEnvironments', variables('environment'))]"],
    },
    {
      type: "Microsoft.App/managedEnvironments",
      apiVersion: "2025-07-01",
      name: "[variables('environment')]",
      location: "[parameters('location')]",
      properties: {
        appLogsConfiguration: {
          destination: "log-analytics",
          logAnalyticsConfiguration: {
            customerId:
              "[reference(resourceId('Microsoft.OperationalInsights/workspaces', 'logs'), '2023-09-01').customerId]",
            sharedKey:
              "[listKeys(resourceId('Microsoft.OperationalInsights/workspaces', 'logs'), '2023-09-01').primarySharedKey]",
          },
        },
      },
    },
    {
      type: "Microsoft.OperationalInsights/workspaces",
      apiVersion: "2023-09-01",
      name: "logs",
      location: "[parameters('location')]",
      properties: { sku: { name: "PerGB2018" } },
    },
    {
      condition: "[equals(parameters('tier'), 'large')]",
      type: "Microsoft.App/managedEnvironments/daprComponents",
      apiVersion: "2025-07-01",
      name: "[format('{0}/{1}', variables('environment'), 'store')]",
      properties: { componentType: "state.in-memory", version: "v1" },
      dependsOn: ["[resourceId('Microsoft.App/managedEnvironments', variables('environment'))]"],
    },
  ],
  outputs: {
    address: {
      type: "string",
      value:
        "[format('https://{0}', reference(resourceId('Microsoft.App/containerApps', parameters('name'))).configuration.ingress.fqdn)]",
    },
    count: { type: "int", value: "[length(createArray(1, 2, 3))]" },
  },
};

/** A request. */
export function body(template: unknown, parameters: Record<string, unknown> = {}, mode = "Incremental") {
  const values = Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, { value }]));
  return { properties: { mode, template, parameters: values } };
}

/** A template of these resources alone. */
export function only(resources: unknown, more: Record<string, unknown> = {}) {
  return { $schema: schema, contentVersion: "1.0.0.0", resources, ...more };
}
