import type { Dependency } from 'rollup-plugin-license';
import packageJson from '../package.json' with { type: 'json' };
import { compareTexts } from '../src/core/compare.ts';
import { groupBy } from '../src/core/group-by.ts';

/** The names, licenses and license texts of the packages that the bundle contains. A text that several have but for the copyright stands once. */
export function noticesOf(dependencies: readonly Dependency[]): string {
  const intro = `vonage-gitops contains the following packages. Each group is followed by the license that its packages are under.`;
  const groups = groupBy(inOrder(dependencies), termsOf);
  const parts = [...groups].map(([terms, packages]) => [...packages.map(headOf), terms].join('\n\n'));
  return `${[intro, ...parts].join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}

const copyright = /^[ \t]*(?:Copyright|\(c\)|©).*$/gim;

/** Who made it: name, version, license, and the lines that claim a copyright. */
function headOf({ name, version, license, licenseText }: Dependency): string {
  const claims = (licenseText ?? '').match(copyright) ?? [];
  return [`${name} ${version}, ${license}`, ...claims.map((line) => line.trim())].join('\n');
}

/** What holds for all packages with these words. Line breaks mean nothing. */
function termsOf({ licenseText, noticeText }: Dependency): string {
  const terms = (licenseText ?? '').replace(copyright, '').trim();
  const paragraphs = terms.split(/\n\s*\n/).map((paragraph) => paragraph.replace(/\s+/g, ' ').trim());
  return [...paragraphs, noticeText?.trim() ?? ''].filter((part) => part !== '').join('\n\n');
}

/** The same packages as a software bill of materials. Source: CycloneDX 1.6, JSON. */
export function billOfMaterials(dependencies: readonly Dependency[]): string {
  const { name, version, license } = packageJson;
  const main = component(name, version, license);
  const components = inOrder(dependencies).map((one) => component(one.name, one.version, one.license));
  const relations = [
    { ref: main['bom-ref'], dependsOn: components.map((one) => one['bom-ref']) },
    ...components.map((one) => ({ ref: one['bom-ref'] })),
  ];
  const bill = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { ...main, type: 'application' } },
    components,
    dependencies: relations,
  };
  return `${JSON.stringify(bill, undefined, 2)}\n`;
}

function component(name: string | null, version: string | null, license: string | null) {
  const purl = `pkg:npm/${(name ?? '').replace('@', '%40')}@${version}`;
  const licenses = license === null ? [] : [{ expression: license }];
  return { type: 'library', name: name ?? '', version: version ?? '', 'bom-ref': purl, purl, licenses };
}

function inOrder(dependencies: readonly Dependency[]): readonly Dependency[] {
  return dependencies.toSorted((one, other) => compareTexts(one.name ?? '', other.name ?? ''));
}
