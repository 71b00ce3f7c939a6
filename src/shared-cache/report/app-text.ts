import { NEUTRAL_HOME } from '../catalogue/core/catalogue'
import { noteText } from '../apps/text'
import { lossText, retryCommand, stoppedText, suspectsText } from '../build-records/text'
import { reportLines } from '../../foundation/output/report-text'
import type { AppCache, AppReport } from './core/app-report'

const HOMES = { root: '/root', neutral: NEUTRAL_HOME } as const

/** Paths of a cache in the app's containers, or why they do not have it. */
function placesOf({ app, scheduler }: AppReport, { state, places }: AppCache): readonly string[] {
  switch (state) {
    case 'mounted':
      return places
    case 'withheld':
      return ['withheld']
    case 'builds-only':
      return ['in builds only']
    case 'builds-off':
      return ['in builds only, and build-caches is off']
    case 'other-scheduler':
      return [`in Dockerfile builds only: the scheduler is ${scheduler}`]
    case 'run-access-off':
      return ['not mounted: run-access is off']
    case 'missing':
      return [`not mounted: run \`dokku shared-cache:setup ${app}\``]
  }
}

/** A line for each path of each cache, with the name at the first one. */
function cacheLines(report: AppReport): readonly string[] {
  const { caches } = report
  if (caches.length === 0) return ['none']
  const width = Math.max(...caches.map(({ name }) => name.length)) + 2
  return caches.flatMap((cache) =>
    placesOf(report, cache).map(
      (text, index) => (index === 0 ? cache.name : '').padEnd(width) + text,
    ),
  )
}

function layoutText({ given, settings }: AppReport): string {
  return given.layout ? `${given.layout} (below ${HOMES[given.layout]})` : settings.layout
}

const SCOPES = { app: 'this app', global: 'all apps' } as const

/** The report of an app for people, without its header: its caches, what is withheld, what is set. */
export function appReportLines(report: AppReport): readonly string[] {
  const { settings, given, withheld, unusable, properties } = report
  return reportLines('Shared cache', {
    enabled: String(settings.enabled),
    group: settings.group === '' ? [] : settings.group,
    layout: layoutText(report),
    'run-access': settings.runAccess,
    'build-caches': report.failedBuild
      ? [
          `not used: ${stoppedText(report.failedBuild)}`,
          suspectsText(report.failedBuild),
          `to use them again: ${retryCommand(report.app)}`,
        ]
      : report.buildCaches,
    caches: cacheLines(report),
    withheld: [...withheld.map(noteText), ...report.losses.map(lossText)],
    unusable,
    variables: Object.entries(given.env).map(([name, value]) => `${name}=${value}`),
    properties:
      properties.length === 0
        ? 'none set, all have their defaults'
        : properties.map(({ key, value, scope }) => `${key} ${value} (${SCOPES[scope]})`),
  })
}
