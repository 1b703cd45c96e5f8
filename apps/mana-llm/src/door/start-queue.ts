import type { Server } from 'node:http';
import type { NextFunction, Request, RequestHandler, Response } from 'express';

/** What the starts of one turn of the event loop may take together. One takes some 0.5 ms. */
const TURN_MS = 3;
/** Of those that wait. What one has begun runs before the next looks at the time. */
const TURN_STARTS = 4;
/** First requests wait no longer than this for connections that are still coming. */
const MAX_HOLD_MS = 500;

/** A request that waits for its start. */
interface WaitingRequest {
  request: Request;
  response: Response;
  next: NextFunction;
  sinceMs: number;
}

/**
 * Spreads the starts of POST requests that come in one instant over several turns of the event loop, so that all others are served
 * in between. libuv accepts one connection a turn (https://github.com/libuv/libuv/pull/3696): while connections come, first
 * requests of new ones wait, which keeps the turns short. Requests of connections that have been answered before go first.
 */
export class StartQueue {
  private readonly kept: WaitingRequest[] = [];
  private readonly first: WaitingRequest[] = [];
  private isTurn = false;
  private endsAtMs = 0;
  /** In this turn, and in the one before. */
  private hasAccepted = false;
  private hadAccepted = false;
  private isNewestNext = false;
  /** The last start was one of a kept connection. */
  private wasKept = false;
  private readonly onTurnEnd = (): void => this.endTurn();
  private readonly onStart = (): void => this.startNext();

  constructor(private readonly handler: RequestHandler) {}

  /** From now on each connection that the server accepts is seen. */
  watch(server: Server): void {
    server.on('connection', () => {
      this.beginTurn();
      this.hasAccepted = true;
    });
  }

  /** Middleware: calls the handler at once while this turn has time and no other request goes before, else in a later turn. */
  readonly handle = (request: Request, response: Response, next: NextFunction): void => {
    if (request.method !== 'POST') return next();
    this.beginTurn();
    const nowMs = performance.now();
    if (this.isFree(request, nowMs)) return void this.handler(request, response, next);
    (isKept(request) ? this.kept : this.first).push({ request, response, next, sinceMs: nowMs });
  };

  private isFree(request: Request, nowMs: number): boolean {
    if (nowMs >= this.endsAtMs || this.kept.length > 0) return false;
    return (this.first.length === 0 && !this.hasAccepted) || isKept(request);
  }

  private beginTurn(): void {
    if (this.isTurn) return;
    this.isTurn = true;
    this.endsAtMs = performance.now() + TURN_MS;
    setImmediate(this.onTurnEnd);
  }

  /** Those that wait start after the end of the next turn, which gives them time of their own: it may have none left. */
  private endTurn(): void {
    this.isTurn = false;
    this.hadAccepted = this.hasAccepted;
    this.hasAccepted = false;
    if (this.kept.length === 0 && this.first.length === 0) return;
    this.beginTurn();
    for (let starts = 0; starts < TURN_STARTS; starts += 1) setImmediate(this.onStart);
  }

  private startNext(): void {
    const nowMs = performance.now();
    if (nowMs >= this.endsAtMs) return;
    let waiting = this.next(nowMs);
    // The record of a client that has left is complete.
    while (waiting?.response.destroyed) waiting = this.next(nowMs);
    if (waiting === undefined) return;
    try {
      void this.handler(waiting.request, waiting.response, waiting.next);
    } catch (error) {
      waiting.next(error);
    }
  }

  /** Requests on kept connections first. A first request that has waited too long takes every second start. */
  private next(nowMs: number): WaitingRequest | undefined {
    const [oldest] = this.first;
    const isOverdue = oldest !== undefined && nowMs - oldest.sinceMs >= MAX_HOLD_MS;
    if (this.kept.length > 0 && !(isOverdue && this.wasKept)) {
      this.wasKept = true;
      return this.kept.shift();
    }
    this.wasKept = false;
    return this.nextFirst(nowMs);
  }

  /** In turns the oldest and the newest: who comes behind a thousand others does not wait for all of them. */
  private nextFirst(nowMs: number): WaitingRequest | undefined {
    const [oldest] = this.first;
    if (oldest === undefined || (this.hadAccepted && nowMs - oldest.sinceMs < MAX_HOLD_MS)) return undefined;
    this.isNewestNext = !this.isNewestNext;
    return this.isNewestNext ? this.first.pop() : this.first.shift();
  }
}

/** Whether its connection has been answered before. */
function isKept({ socket }: Request): boolean {
  return socket.bytesWritten > 0;
}
