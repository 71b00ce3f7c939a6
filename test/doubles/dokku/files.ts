import { appFiles } from './apps'
import { configFiles } from './config'
import { deployFiles } from './deploy'
import { type Files, isOlder } from './dokku'
import { olderStorageFiles } from './older-storage'
import { olderOptionFiles, optionFiles } from './options'
import { pluginFiles } from './plugins'
import { propertyFiles } from './properties'
import { proxyFiles } from './proxies'
import { settingFiles } from './settings'
import { storageFiles } from './storage'
import { upgradeFiles } from './upgrade'

/** The files of all core plugins of the imitated version. */
export function coreFiles(older = isOlder()): Files {
  return {
    ...appFiles,
    ...configFiles,
    ...deployFiles,
    ...optionFiles,
    ...pluginFiles,
    ...propertyFiles,
    ...proxyFiles,
    ...settingFiles,
    ...(older
      ? { ...olderStorageFiles, ...olderOptionFiles }
      : { ...storageFiles, ...upgradeFiles }),
  }
}
