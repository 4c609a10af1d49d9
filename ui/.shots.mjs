import { chromium } from 'playwright-core';
import fs from 'node:fs';
const [,, names='today', scen='full', sizes='1280x800', themes='light', full='0', axe='1'] = process.argv;
const b = await chromium.launch({executablePath:'/usr/bin/chromium',args:['--no-sandbox','--disable-gpu','--disable-quic','--no-first-run','--disable-background-networking','--disable-component-update','--disable-sync']});
const axeSrc = fs.readFileSync('node_modules/axe-core/axe.min.js','utf8');
let bad=0;
for (const size of sizes.split(',')) for (const theme of themes.split(',')) {
  const [w,h]=size.split('x').map(Number);
  const ctx=await b.newContext({viewport:{width:w,height:h},colorScheme:theme,bypassCSP:false});
  for (const s of scen.split(',')) for (const n of names.split(',')) {
    const p=await ctx.newPage();
    p.on('console',m=>{if(m.type()==='error'||m.type()==='warning')console.log('CONSOLE',n,s,m.text())});
    p.on('pageerror',e=>console.log('PAGEERROR',n,s,e.message));
    await p.goto(`http://127.0.0.1:4801/?mock=${s}#/${n}`); await p.waitForTimeout(350);
    if (full==='1') { const hh=await p.evaluate(()=>{const m=document.querySelector('main');return m?m.scrollHeight+140:innerHeight}); await p.setViewportSize({width:w,height:Math.max(h,hh)}); await p.waitForTimeout(200);}
    await p.screenshot({path:`/tmp/shots/${n.replace(/\W/g,'_')}-${s}-${size}-${theme}.png`});
    if (axe==='1') {
      const cdp=await ctx.newCDPSession(p); // evaluated through the debugger, past the page's CSP
      await cdp.send('Runtime.evaluate',{expression:axeSrc});
      const r=await cdp.send('Runtime.evaluate',{expression:'axe.run({runOnly:["wcag2a","wcag2aa","wcag21a","wcag21aa","wcag22aa","best-practice"]}).then(r=>JSON.stringify(r.violations.map(v=>({id:v.id,n:v.nodes.length,t:v.nodes.slice(0,3).map(x=>x.target.join(" ")+" :: "+(x.any[0]?.message||x.all[0]?.message||"")+" :: "+x.html.slice(0,120))}))))',awaitPromise:true,returnByValue:true});
      const v=JSON.parse(r.result.value??'[]'); if(v.length){bad+=v.length;console.log('AXE',n,s,theme,JSON.stringify(v,null,1));}
    }
    await p.close();
  }
  await ctx.close();
}
console.log('axe rules violated:',bad);
await b.close();
