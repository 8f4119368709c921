export { createTrafficManager, type TrafficManagerOptions } from "./traffic-manager.ts";
