/** A resource group of one subscription. */
export interface ResourceGroup {
  readonly subscription: string;
  /** As it was first written; compared without case. */
  readonly name: string;
  readonly location: string;
  readonly tags: Readonly<Record<string, string>> | undefined;
  readonly provisioningState: "Succeeded" | "Deleting";
}

/** The resource groups of the embedded Azure. */
export class ResourceGroups {
  readonly #groups = new Map<string, ResourceGroup>();

  get(subscription: string, name: string): ResourceGroup | undefined {
    return this.#groups.get(keyOf(subscription, name));
  }

  list(subscription: string): readonly ResourceGroup[] {
    return [...this.#groups.values()].filter((group) => group.subscription === subscription);
  }

  /** Creates or replaces; the name keeps the case that it has. */
  set(group: ResourceGroup): ResourceGroup {
    const kept = { ...group, name: this.get(group.subscription, group.name)?.name ?? group.name };
    this.#groups.set(keyOf(group.subscription, group.name), kept);
    return kept;
  }

  remove(subscription: string, name: string): void {
    this.#groups.delete(keyOf(subscription, name));
  }
}

function keyOf(subscription: string, name: string): string {
  return `${subscription}/${name.toLowerCase()}`;
}
