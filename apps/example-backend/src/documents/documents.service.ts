import { randomUUID } from 'node:crypto';
import { InjectLlm, LlmService } from '@mana-llm/client/nestjs';
import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';

function dot(one: Float32Array, other: Float32Array): number {
  return one.reduce((sum, value, at) => sum + value * (other[at] ?? 0), 0);
}

/** 1 for the same direction, 0 for nothing in common. */
export function cosineSimilarity(one: Float32Array, other: Float32Array): number {
  const lengths = Math.sqrt(dot(one, one) * dot(other, other));
  return lengths === 0 ? 0 : dot(one, other) / lengths;
}

export interface Document {
  id: string;
  text: string;
}

export interface Found extends Document {
  /** The nearer to 1, the better it fits. */
  score: number;
}

const MAX_FOUND = 5;

/** Documents in memory, found by what they mean. They are gone when the process ends. */
@Injectable()
export class DocumentsService {
  private readonly model: string | undefined;
  private readonly entries: { document: Document; vector: Float32Array }[] = [];

  constructor(
    @InjectLlm() private readonly llm: LlmService,
    config: ConfigService,
  ) {
    this.model = config.get<string>('MANA_LLM_EMBEDDING_MODEL') || undefined;
  }

  async add(texts: readonly string[]): Promise<Document[]> {
    const vectors = await this.embed(texts);
    const entries = vectors.map((vector, at) => ({ document: { id: randomUUID(), text: texts[at] ?? '' }, vector }));
    this.entries.push(...entries);
    return entries.map(({ document }) => document);
  }

  async search(query: string): Promise<Found[]> {
    const [wanted] = await this.embed([query]);
    if (wanted === undefined) return [];
    return this.entries
      .map(({ document, vector }) => ({ ...document, score: cosineSimilarity(wanted, vector) }))
      .sort((one, other) => other.score - one.score)
      .slice(0, MAX_FOUND);
  }

  private embed(texts: readonly string[]): Promise<Float32Array[]> {
    return this.llm.embed(texts, { model: this.model });
  }
}
