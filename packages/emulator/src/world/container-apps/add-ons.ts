import { isJson, type Json } from "./json.ts";

interface AddOn {
  readonly port: number;
  readonly morePorts?: readonly number[];
  readonly secrets: readonly string[];
  readonly volumes?: readonly Json[];
  /** Of the app with this name. The first container takes the name that was sent. */
  containers(app: string): readonly Json[];
}

const whole = { cpu: 1, memory: "2Gi" };
const kafkaProbe = { tcpSocket: { port: 9092 }, periodSeconds: 10, successThreshold: 1, timeoutSeconds: 5 };
const half = { cpu: 0.5, memory: "1Gi" };

/** Services for development that an app can be instead of bringing containers. Source: recorded bodies. */
const addOns: Readonly<Record<string, AddOn>> = {
  redis: {
    port: 6379,
    secrets: ["redis-config"],
    volumes: [{ name: "redis-config", storageType: "EmptyDir" }],
    containers: () => [
      {
        image: "mcr.microsoft.com/azure-redis-cache/redis:7.0.12-alpine",
        command: ["redis-server"],
        args: ["/redis-config/redis.config"],
        resources: whole,
        volumeMounts: [{ volumeName: "redis-config", mountPath: "/redis-config" }],
      },
    ],
  },
  postgres: {
    port: 5432,
    secrets: ["pg-password"],
    containers: () => [
      {
        image: "mcr.microsoft.com/k8se/services/postgres:14",
        env: [
          { name: "POSTGRES_USER", value: "postgres" },
          { name: "POSTGRES_DB", value: "postgres" },
          { name: "PGDATA", value: "/mnt/data/pgdata" },
          { name: "POSTGRES_PASSWORD", secretRef: "pg-password" },
        ],
        resources: whole,
      },
    ],
  },
  kafka: {
    port: 9092,
    secrets: ["kafka-sasl-config", "password"],
    containers: (app) => [
      {
        image: "mcr.microsoft.com/k8se/services/kafka:3.4",
        env: [
          { name: "KAFKA_BROKER_ID", value: "1" },
          { name: "KAFKA_NODE_ID", value: "1" },
          { name: "KAFKA_LISTENERS", value: "BROKER://:9092,CONTROLLER://localhost:9093" },
          { name: "KAFKA_ADVERTISED_LISTENERS", value: `BROKER://${app}:9092` },
          {
            name: "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP",
            value: "CONTROLLER:SASL_PLAINTEXT,BROKER:SASL_PLAINTEXT",
          },
          { name: "KAFKA_INTER_BROKER_LISTENER_NAME", value: "BROKER" },
          { name: "KAFKA_CONTROLLER_LISTENER_NAMES", value: "CONTROLLER" },
          { name: "KAFKA_CONTROLLER_QUORUM_VOTERS", value: "1@localhost:9093" },
          { name: "KAFKA_SASL_ENABLED_MECHANISMS", value: "PLAIN" },
          { name: "KAFKA_SASL_MECHANISM_INTER_BROKER_PROTOCOL", value: "PLAIN" },
          { name: "KAFKA_SASl_MECHANISM_CONTROLLER_PROTOCOL", value: "PLAIN" },
          { name: "KAFKA_SASl_MECHANISM_BROKER_PROTOCOL", value: "PLAIN" },
          { name: "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR", value: "1" },
          { name: "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS", value: "0" },
          { name: "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR", value: "1" },
          { name: "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR", value: "1" },
          { name: "KAFKA_PROCESS_ROLES", value: "broker,controller" },
          { name: "KAFKA_LOG_DIRS", value: "/mnt/data" },
          { name: "KAFKA_LISTENER_NAME_CONTROLLER_PlAIN_SASL_JAAS_CONFIG", secretRef: "kafka-sasl-config" },
          { name: "KAFKA_LISTENER_NAME_BROKER_PLAIN_SASL_JAAS_CONFIG", secretRef: "kafka-sasl-config" },
        ],
        resources: whole,
        probes: [
          { type: "Liveness", ...kafkaProbe, failureThreshold: 3, initialDelaySeconds: 10 },
          { type: "Readiness", ...kafkaProbe, failureThreshold: 6, initialDelaySeconds: 5 },
        ],
      },
    ],
  },
  mariadb: {
    port: 3306,
    secrets: ["maria-password", "maria-root-password"],
    containers: () => [
      {
        image: "mcr.microsoft.com/k8se/services/mariadb:10",
        args: ["--default-authentication-plugin=mysql_native_password"],
        env: [
          { name: "MARIADB_ROOT_PASSWORD", secretRef: "maria-root-password" },
          { name: "MARIADB_USER", value: "mariadb" },
          { name: "MARIADB_DATABASE", value: "mariadb" },
          { name: "MARIADB_PASSWORD", secretRef: "maria-password" },
        ],
        resources: whole,
      },
    ],
  },
  qdrant: {
    port: 6333,
    morePorts: [6334],
    secrets: ["qdrant-password"],
    containers: () => [
      {
        image: "mcr.microsoft.com/k8se/services/qdrant:v1.4",
        command: ["/bin/bash", "-c", "./entrypoint.sh"],
        resources: whole,
      },
    ],
  },
  weaviate: {
    port: 8080,
    morePorts: [50_051],
    secrets: ["weaviate-password"],
    containers: () => [
      {
        image: "docker.io/semitechnologies/weaviate:1.22.5",
        command: ["/bin/weaviate"],
        args: ["--host", "0.0.0.0", "--port", "8080", "--scheme", "http"],
        env: [
          { name: "QUERY_DEFAULTS_LIMIT", value: "100" },
          { name: "DEFAULT_VECTORIZER_MODULE", value: "none" },
          { name: "AUTHENTICATION_ANONYMOUS_ACCESS_ENABLED", value: "true" },
          { name: "PERSISTENCE_DATA_PATH", value: "/var/lib/weaviate" },
        ],
        resources: whole,
      },
    ],
  },
  milvus: {
    port: 19_530,
    morePorts: [9091],
    secrets: ["milvus-password"],
    containers: (app) => [
      {
        image: "docker.io/milvusdb/milvus:v2.2.14",
        command: ["milvus", "run", "standalone"],
        env: [
          { name: "ETCD_ENDPOINTS", value: "127.0.0.1:2379" },
          { name: "MINIO_ADDRESS", value: "127.0.0.1:9000" },
        ],
        resources: whole,
      },
      {
        name: `${app}-etcd`,
        image: "docker.io/milvusdb/etcd:3.5.5-r2",
        command: ["/bin/bash"],
        args: [
          "-c",
          "etcd -listen-client-urls http://0.0.0.0:2379 -advertise-client-urls http://127.0.0.1:2379 --data-dir /etcd",
        ],
        env: [
          { name: "ETCD_AUTO_COMPACTION_MODE", value: "revision" },
          { name: "ETCD_AUTO_COMPACTION_RETENTION", value: "1000" },
          { name: "ETCD_QUOTA_BACKEND_BYTES", value: "4294967296" },
          { name: "ETCD_SNAPSHOT_COUNT", value: "50000" },
        ],
        resources: half,
      },
      {
        name: `${app}-minio`,
        image: "docker.io/minio/minio:RELEASE.2023-03-20T20-16-18Z",
        command: ["minio", "server", "/minio_data"],
        args: ["--console-address", ":9001"],
        env: [
          { name: "MINIO_ACCESS_KEY", value: "minioadmin" },
          { name: "MINIO_SECRET_KEY", value: "minioadmin" },
        ],
        resources: half,
      },
    ],
  },
};

/**
 * The body of an app as the service goes on with it: that of an add-on gets what it runs, listens on and keeps secret. One that
 * says itself where it listens is taken as it is.
 */
export function withAddOn(content: Json, app: string, secretOf: (name: string) => string): Json {
  const properties = objectOf(content["properties"]);
  const configuration = objectOf(properties["configuration"]);
  const addOn = addOns[String(objectOf(configuration["service"])["type"]).toLowerCase()];
  if (!addOn || configuration["ingress"] != null) return content;
  const template = objectOf(properties["template"]);
  const secrets = addOn.secrets.map((name) => ({ name, value: secretOf(name) }));
  return {
    ...content,
    properties: {
      ...properties,
      configuration: { ...configuration, ingress: ingressOf(addOn), secrets },
      template: {
        ...template,
        containers: named(addOn.containers(app), template["containers"], app),
        scale: { minReplicas: 0, maxReplicas: 1, cooldownPeriod: 900 },
        ...(addOn.volumes ? { volumes: addOn.volumes } : {}),
      },
    },
  };
}

function ingressOf({ port, morePorts = [] }: AddOn): Json {
  const inside = (one: number): Json => ({ external: false, targetPort: one, exposedPort: one });
  return { ...inside(port), transport: "Tcp", additionalPortMappings: morePorts.map(inside) };
}

function named(containers: readonly Json[], sent: unknown, app: string): readonly Json[] {
  const [first] = Array.isArray(sent) ? (sent as readonly unknown[]) : [];
  return containers.map((container) => ({ name: objectOf(first)["name"] ?? app, ...container }));
}

function objectOf(value: unknown): Json {
  return isJson(value) ? value : {};
}
