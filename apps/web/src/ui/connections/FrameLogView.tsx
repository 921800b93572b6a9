import { ArrowDownToLine, Eraser, HeartPulse, Pause, Play } from 'lucide-react';
import { type ReactNode, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { VList, type VListHandle } from 'virtua';
import { keep, kept } from '../kept';
import type { ConsoleClient } from './client';
import { type Filter, actionsIn, everything, filtered } from './filter';
import { FrameRow } from './FrameRow';
import styles from './FrameLogView.module.css';

interface FrameLogViewProps {
  readonly client: ConsoleClient;
}

/** How far from its end (pixels) a list may be that is kept at its end. */
const nearEnd = 30;

/** All that went over a connection: filtered, paused, cleared, and each line opened to what it says. */
export function FrameLogView({ client }: FrameLogViewProps): ReactNode {
  const { t } = useTranslation();
  const live = useSyncExternalStore(client.log.subscribe, client.log.snapshot);
  const [paused, setPaused] = useState<typeof live>();
  const [filter, setFilter] = useFilter(client.letter);
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const entries = paused ?? live;
  const shown = useMemo(() => filtered(entries, filter), [entries, filter]);
  const { list, isAtEnd, onScroll, onResize, toEnd, reveal } = useEnd(shown.length);
  const toggle = (id: number) => {
    const next = new Set(open);
    if (!next.delete(id)) {
      next.add(id);
      reveal(shown.findIndex((entry) => entry.id === id));
    }
    setOpen(next);
  };
  const change = (part: Partial<Filter>) => setFilter({ ...filter, ...part });
  return (
    <div className={styles.log}>
      <div className={styles.tools} role="toolbar" aria-label={t('ui.log.tools')}>
        <input
          type="search"
          className={styles.search}
          placeholder={t('ui.log.search')}
          aria-label={t('ui.log.search')}
          value={filter.text}
          onChange={({ target }) => change({ text: target.value })}
        />
        <select
          className={styles.select}
          aria-label={t('ui.log.direction')}
          value={filter.direction}
          onChange={({ target }) => change({ direction: target.value as Filter['direction'] })}
        >
          {(['all', 'in', 'out'] as const).map((one) => (
            <option key={one} value={one}>
              {t(`ui.log.directions.${one}`)}
            </option>
          ))}
        </select>
        <select
          className={`${styles.select} ${styles.action}`}
          aria-label={t('ui.log.action')}
          value={filter.action}
          onChange={({ target }) => change({ action: target.value })}
        >
          <option value="">{t('ui.log.everyAction')}</option>
          {[...new Set([...actionsIn(entries), ...(filter.action === '' ? [] : [filter.action])])].map((one) => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </select>
        <Tool label={t('ui.log.pings')} pressed={filter.pings} onClick={() => change({ pings: !filter.pings })}>
          <HeartPulse size={14} aria-hidden="true" />
        </Tool>
        <Tool
          label={paused ? t('ui.log.goOn') : t('ui.log.pause')}
          pressed={paused !== undefined}
          onClick={() => setPaused(paused ? undefined : live)}
        >
          {paused ? <Play size={14} aria-hidden="true" /> : <Pause size={14} aria-hidden="true" />}
        </Tool>
        <Tool
          label={t('ui.log.clear')}
          onClick={() => {
            client.log.clear();
            setPaused(undefined);
            setOpen(new Set());
          }}
        >
          <Eraser size={14} aria-hidden="true" />
        </Tool>
      </div>
      {paused && (
        <p className={styles.note} role="status">
          {t('ui.log.paused', { count: Math.max(0, (live.at(-1)?.id ?? 0) - (paused.at(-1)?.id ?? 0)) })}
        </p>
      )}
      {shown.length === 0 ? (
        <p className={styles.empty}>{entries.length === 0 ? t('ui.log.empty') : t('ui.log.nothingFits')}</p>
      ) : (
        <VList
          ref={list}
          className={styles.list}
          data={shown}
          itemSize={26}
          onScroll={onScroll}
          onResize={onResize}
          aria-label={t('ui.log.title')}
        >
          {(entry) => <FrameRow key={entry.id} entry={entry} client={client} isOpen={open.has(entry.id)} onToggle={toggle} />}
        </VList>
      )}
      {!isAtEnd && shown.length > 0 && (
        <button type="button" className={styles.end} onClick={toEnd}>
          <ArrowDownToLine size={13} aria-hidden="true" /> {t('ui.log.toEnd')}
        </button>
      )}
    </div>
  );
}

interface ToolProps {
  readonly label: string;
  readonly pressed?: boolean;
  readonly onClick: () => void;
  readonly children: ReactNode;
}

function Tool({ label, pressed, onClick, children }: ToolProps): ReactNode {
  return (
    <button type="button" className={styles.tool} aria-label={label} title={label} aria-pressed={pressed} onClick={onClick}>
      {children}
    </button>
  );
}

function useFilter(letter: string): [Filter, (filter: Filter) => void] {
  const name = `filter.${letter}`;
  const [filter, setFilter] = useState(() => ({ ...everything, ...kept<Partial<Filter>>(name, {}) }));
  const change = (next: Filter) => {
    keep(name, next);
    setFilter(next);
  };
  return [filter, change];
}

/** Keeps a list at its end for as long as nobody scrolls away from there. */
function useEnd(length: number) {
  const list = useRef<VListHandle>(null);
  const last = useRef(0);
  const [isAtEnd, setAtEnd] = useState(true);
  const toEnd = () => {
    setAtEnd(true);
    list.current?.scrollToIndex(length - 1, { align: 'end' });
  };
  useEffect(() => {
    if (isAtEnd && length > 0) list.current?.scrollToIndex(length - 1, { align: 'end' });
  }, [isAtEnd, length]);
  /** Brings a line into view once it has its size, and lets nothing push it away. */
  const reveal = (index: number) => {
    setAtEnd(false);
    setTimeout(() => list.current?.scrollToIndex(index, { align: 'nearest' }), 50);
  };
  const onScroll = (offset: number) => {
    const handle = list.current;
    if (!handle) return;
    const isBack = offset < last.current;
    last.current = offset;
    // Whoever scrolls back wants to read; a list that grows, or gets less room, does not scroll back.
    if (offset - handle.scrollSize + handle.viewportSize >= -nearEnd) setAtEnd(true);
    else if (isBack) setAtEnd(false);
  };
  const onResize = () => {
    if (isAtEnd) toEnd();
  };
  return { list, isAtEnd, onScroll, onResize, toEnd, reveal };
}
