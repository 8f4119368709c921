export { type ContainerAppsTargetOptions, createContainerAppsTarget } from "./create-target.ts";
