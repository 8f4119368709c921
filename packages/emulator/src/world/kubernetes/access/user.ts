/** Who calls, as authentication found out. */
export interface UserInfo {
  readonly username: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  /** Azure RBAC lets it do everything. */
  readonly allowedByAzure?: boolean;
}

/** Whoever has the cluster's own token: what AKS' local account is. */
export const clusterAdmin: UserInfo = {
  username: "masterclient",
  groups: ["system:masters", "system:authenticated"],
};

export function serviceAccountUser(namespace: string, name: string, uid: string): UserInfo {
  return {
    username: `system:serviceaccount:${namespace}:${name}`,
    uid,
    groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"],
  };
}
