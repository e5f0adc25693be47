import { reachOf } from '../regions/health.ts';
import { cityOf } from '../regions/names.ts';
import { otherOf } from '../regions/serving.ts';
import { useServices } from '../services.ts';
import { useServing } from './useServing.ts';

/** What to say of a photo whose object is not in this Region: on its way, unless the Region that has it is lost. */
export function usePending(): string {
  const { config } = useServices();
  const { serving } = useServing();
  const other = otherOf(serving.side ?? 'primary');
  const isLost = reachOf(serving.health[other]) === 'lost';
  return isLost ? `Not copied yet: ${cityOf(config[other].region)} does not answer` : 'On its way…';
}
