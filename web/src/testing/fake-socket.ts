import type { Socket } from "socket.io-client";

type Listener = (...args: never[]) => void;

/** The part of a socket we use, and a connection to itself; driven by the test: `receive` is the server speaking, `sent` what we said. */
export class FakeSocket {
  connected = false;
  active = true;
  connects = 0;
  renewals = 0;
  sent: { name: string; body: unknown; ack: ((answer: never) => void) | undefined }[] = [];
  private readonly listeners = new Map<string, Set<Listener>>();

  asSocket = (): Socket => this as unknown as Socket;

  on(name: string, listener: Listener): this {
    this.listeners.set(name, (this.listeners.get(name) ?? new Set()).add(listener));
    return this;
  }

  off(name: string, listener: Listener): this {
    this.listeners.get(name)?.delete(listener);
    return this;
  }

  emit(name: string, body: unknown, ack?: (answer: never) => void): this {
    this.sent.push({ name, body, ack });
    return this;
  }

  connect(): this {
    this.connects += 1;
    return this;
  }

  disconnect(): this {
    this.connected = false;
    return this;
  }

  renew(): void {
    this.renewals += 1;
  }

  receive(name: string, ...args: unknown[]): void {
    for (const listener of [...(this.listeners.get(name) ?? [])]) listener(...(args as never[]));
  }

  open(): void {
    this.connected = true;
    this.receive("connect");
  }

  said(name: string): unknown[] {
    return this.sent.filter((message) => message.name === name).map((message) => message.body);
  }

  /** Answers the latest message of that name. */
  answer(name: string, ack: unknown): void {
    this.sent.findLast((message) => message.name === name)?.ack?.(ack as never);
  }

  /** What somebody listens to: a real connection would be open for it. */
  heard(): string[] {
    return [...this.listeners].flatMap(([name, { size }]) => (size > 0 ? [name] : []));
  }

  count(name: string): number {
    return this.listeners.get(name)?.size ?? 0;
  }
}
