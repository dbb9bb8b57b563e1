/** What adapters are called, and which of them are programs on the processor. */
import type { AdapterInfo } from './gpu-js.ts';

export function describeAdapter({ vendor, architecture, device, description }: AdapterInfo): string {
  const chip = [vendor, architecture].filter(Boolean).join(' ');
  return [chip, description || device].filter(Boolean).join(', ') || 'an adapter without a name';
}

export function isSoftware({ vendor, architecture, device, description }: AdapterInfo): boolean {
  return isSoftwareName([vendor, architecture, device, description].join(' '));
}

/** Software adapters by name: SwiftShader (Chrome), llvmpipe (Mesa), WARP (Windows). */
export function isSoftwareName(name: string): boolean {
  return /swiftshader|llvmpipe|lavapipe|softpipe|warp|basic render/i.test(name);
}
