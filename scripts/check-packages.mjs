// What npm would publish, looked at from outside: publint and attw on the packed form of every public package.
// Needs the build output (`tsc -b`). dist is packed; the source condition stays, for work inside this repository.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const bin = (name) => join(root, "node_modules", ".bin", name);
const packed = mkdtempSync(join(tmpdir(), "fairway-pack-"));
let failures = 0;
try {
  for (const name of readdirSync(join(root, "packages"))) check(join(root, "packages", name));
} finally {
  rmSync(packed, { recursive: true, force: true });
}
if (failures > 0) {
  console.error(`Package shape: ${failures} problem(s).`);
  process.exit(1);
}
console.log("Package shape: all packages are sound.");

function check(folder) {
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  if (manifest.private) return;
  const output = execFileSync("npm", ["pack", "--json", "--pack-destination", packed], {
    cwd: folder,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const tarball = join(packed, JSON.parse(output)[0].filename);
  report(manifest.name, "publint", spawnSync(bin("publint"), ["run", tarball, "--strict"], { encoding: "utf8" }));
  report(
    manifest.name,
    "attw",
    spawnSync(bin("attw"), [tarball, "--profile", "esm-only", "--format", "ascii"], { encoding: "utf8" }),
  );
}

function report(name, tool, { status, stdout, stderr }) {
  if (status === 0) return;
  failures += 1;
  console.error(`${name}: ${tool}\n${stdout}${stderr}`);
}
