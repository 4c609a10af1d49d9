; What the uninstaller says of the shop's data. No line here deletes anything.

!macro NSIS_HOOK_POSTUNINSTALL
  ${If} $UpdateMode <> 1
    SetShellVarContext current
    DetailPrint "The shop's data stays in $LOCALAPPDATA\Backroom Data"
    ${IfNot} ${Silent}
    ${AndIf} $PassiveMode <> 1
      MessageBox MB_OK|MB_ICONINFORMATION "Backroom is removed. The shop's data is not: it lies in$\r$\n$\r$\n$LOCALAPPDATA\Backroom Data$\r$\n$\r$\nInstall Backroom again and everything is there. What was not yet sent to BigQuery exists nowhere else: delete the folder only when the Sync screen said that nothing waits."
    ${EndIf}
  ${EndIf}
!macroend
