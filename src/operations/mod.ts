import { recentActivity } from "./activity.ts";
import { queryAsOf } from "./as_of.ts";
import { findBridges } from "./bridges.ts";
import { whatChanged } from "./changes.ts";
import { analyzeClusters } from "./clusters.ts";
import { config } from "./config.ts";
import { contextualSearch } from "./contextual_search.ts";
import { deleteMemory } from "./delete.ts";
import { diff } from "./diff.ts";
import { exportGraph } from "./export.ts";
import { getMemory } from "./get.ts";
import { health } from "./health.ts";
import { history } from "./history.ts";
import { importGraph } from "./import.ts";
import { install } from "./install.ts";
import { invalidateRelationship } from "./invalidate.ts";
import { linkMemories } from "./link.ts";
import { graphMetrics } from "./metrics.ts";
import { migrate } from "./migrate.ts";
import { migrateToMultitenant } from "./migrate_to_multitenant.ts";
import type { Operation } from "./operation.ts";
import { findMemoryPath } from "./path.ts";
import { recallMemories } from "./recall.ts";
import { reinforceRelationship } from "./reinforce.ts";
import { relatedMemories } from "./related.ts";
import { relationshipTypesByCategory } from "./relationship_types.ts";
import { rollback } from "./rollback.ts";
import { schedule } from "./schedule.ts";
import { searchMemoriesOperation } from "./search.ts";
import { searchRelationships } from "./search_relationships.ts";
import { memoryStatistics } from "./stats.ts";
import { storeMemory } from "./store.ts";
import { suggestRelationshipType } from "./suggest.ts";
import { relationshipHistory } from "./timeline.ts";
import { updateMemory } from "./update.ts";
import { verify } from "./verify.ts";

/** Every operation, in the order of help: each is a command, and with `tool` also a tool. */
export const OPERATIONS: readonly Operation[] = [
  migrate,
  rollback,
  verify,
  diff,
  history,
  schedule,
  migrateToMultitenant,
  exportGraph,
  importGraph,
  health,
  config,
  install,
  recallMemories,
  searchMemoriesOperation,
  storeMemory,
  getMemory,
  updateMemory,
  deleteMemory,
  linkMemories,
  relatedMemories,
  recentActivity,
  memoryStatistics,
  contextualSearch,
  searchRelationships,
  findMemoryPath,
  analyzeClusters,
  findBridges,
  graphMetrics,
  suggestRelationshipType,
  reinforceRelationship,
  relationshipTypesByCategory,
  queryAsOf,
  relationshipHistory,
  whatChanged,
  invalidateRelationship,
];
