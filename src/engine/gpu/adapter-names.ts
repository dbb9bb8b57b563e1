/** Names of adapters, and which of them are programs on the processor. */
import type { AdapterInfo } from './gpu-js.ts';

/** `nvidia, NVIDIA H100 80GB HBM3`. A device may be a name or a number, a description a name or a driver. */
export function describeAdapter({ vendor, architecture, device, description }: AdapterInfo): string {
  const chip = [vendor, architecture].filter(Boolean).join(' ');
  const name = / /.test(device) ? device : description || device;
  return [chip, name].filter(Boolean).join(', ') || 'an adapter without a name';
}

export function isSoftware({ vendor, architecture, device, description }: AdapterInfo): boolean {
  return isSoftwareName([vendor, architecture, device, description].join(' '));
}

/** Software adapters by name: SwiftShader (Chrome), llvmpipe (Mesa), WARP (Windows). */
export function isSoftwareName(name: string): boolean {
  return /swiftshader|llvmpipe|lavapipe|softpipe|warp|basic render/i.test(name);
}
