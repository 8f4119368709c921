import { defineApp } from "@fairway/model";
import { describe, expect, test } from "vitest";
import { gatewaySettings, renderGateway } from "../src/manifests/gateway.ts";
import { renderLabelRoute, renderRoute } from "../src/manifests/route.ts";
import { renderAppService } from "../src/manifests/service.ts";
import { minimal, yaml } from "./rendering.ts";

describe("routing", () => {
  const app = defineApp({ ...minimal, ingress: { exposure: "public" } });
  const gateway = gatewaySettings({}, "payments");
  const context = { namespace: "payments", gateway, host: "shop.payments.example.com" };

  test("of a public app", () => {
    expect(
      yaml([
        ...renderGateway(gateway),
        renderRoute(app, context, { "shop--b": 10, "shop--a": 90, "shop--c": 0 }),
        renderAppService(app, { namespace: "payments", revision: "shop--a" }),
      ]),
    ).toMatchInlineSnapshot(`
      "apiVersion: gateway.networking.k8s.io/v1
      kind: Gateway
      metadata:
        labels:
          app.kubernetes.io/managed-by: fairway
        name: fairway
        namespace: payments
      spec:
        gatewayClassName: azure-alb-external
        listeners:
          - name: http
            port: 80
            protocol: HTTP
            allowedRoutes:
              namespaces:
                from: Same
      ---
      apiVersion: gateway.networking.k8s.io/v1
      kind: HTTPRoute
      metadata:
        labels:
          app.kubernetes.io/name: shop
          app.kubernetes.io/managed-by: fairway
          fairway.dev/app: shop
        name: shop
        namespace: payments
      spec:
        parentRefs:
          - group: gateway.networking.k8s.io
            kind: Gateway
            name: fairway
            namespace: payments
          - group: ''
            kind: Service
            name: shop
            port: 80
        hostnames:
          - shop.payments.example.com
        rules:
          - matches:
              - path:
                  type: PathPrefix
                  value: /
            backendRefs:
              - group: ''
                kind: Service
                name: shop--a
                port: 80
                weight: 90
              - group: ''
                kind: Service
                name: shop--b
                port: 80
                weight: 10
              - group: ''
                kind: Service
                name: shop--c
                port: 80
                weight: 0
      ---
      apiVersion: v1
      kind: Service
      metadata:
        labels:
          app.kubernetes.io/name: shop
          app.kubernetes.io/managed-by: fairway
          fairway.dev/app: shop
        name: shop
        namespace: payments
      spec:
        ports:
          - name: http
            port: 80
            protocol: TCP
            targetPort: 8080
        selector:
          fairway.dev/revision: shop--a
        type: ClusterIP
      "
    `);
  });

  test("of an internal app has no gateway and no host name", () => {
    const internal = defineApp(minimal);
    expect(renderRoute(internal, context, { "shop--a": 100 }).spec).toMatchObject({
      parentRefs: [{ kind: "Service", name: "shop" }],
    });
    expect(renderRoute(internal, context, { "shop--a": 100 }).spec).not.toHaveProperty("hostnames");
  });

  test("of a label is a host name of its own", () => {
    const route = renderLabelRoute({ app: "shop", label: "canary", revision: "shop--b" }, context);
    expect(route.metadata.name).toBe("shop---canary");
    expect(route.spec.hostnames).toEqual(["shop---canary.payments.example.com"]);
  });

  test("uses a Gateway that is named and makes none", () => {
    const named = gatewaySettings({ name: "edge", namespace: "infra" }, "payments");
    expect(renderGateway(named)).toEqual([]);
    expect(renderRoute(app, { ...context, gateway: named }, { "shop--a": 100 }).spec.parentRefs[0]).toMatchObject({
      name: "edge",
      namespace: "infra",
    });
  });
});
