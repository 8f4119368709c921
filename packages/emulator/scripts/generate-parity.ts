// Writes docs/parity.md from packages/emulator/parity. Run from the repository's root:
// node packages/emulator/scripts/generate-parity.ts
import { writeFile } from "node:fs/promises";
import { areas } from "../parity/areas.ts";
import { parityPage } from "../parity/page.ts";

await writeFile(new URL("../../../docs/parity.md", import.meta.url), parityPage(areas));
