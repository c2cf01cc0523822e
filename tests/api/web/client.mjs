// Asks the server at an address as a page would, with OpenFeature's own client for pages, and prints what it hears as JSON.
import { OFREPWebProvider } from "@openfeature/ofrep-web-provider";
import { OpenFeature } from "@openfeature/web-sdk";

const [address, unit] = process.argv.slice(2);
const told = [];

async function tell(territory, ...keys) {
  await OpenFeature.setContext({ targetingKey: unit, territory });
  for (const key of keys) {
    const { value, reason, errorCode, flagMetadata } = OpenFeature.getClient().getStringDetails(key, "mine");
    told.push({ key, territory, value, reason, error: errorCode ?? null, metadata: flagMetadata });
  }
}

await OpenFeature.setContext({ targetingKey: unit });
await OpenFeature.setProviderAndWait(new OFREPWebProvider({ baseUrl: address, pollInterval: 0 }));
await tell("DE", "more names", "over", "nothing");
await tell("US", "more names");
console.log(JSON.stringify(told));
process.exit(0);
