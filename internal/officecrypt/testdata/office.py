#!/usr/bin/env python3
"""Drives LibreOffice through UNO: office.py PROFILE, with jobs as JSON on
standard input: [{"in": path, "password": text, "out": path, "protect": text}].
Without "protect" a list is written as CSV, otherwise as .xlsx under that
password. Prints a JSON list: for each job "written" or "refused"."""
import json, os, subprocess, sys, time, uno
from com.sun.star.beans import NamedValue, PropertyValue
from com.sun.star.connection import NoConnectException
from com.sun.star.uno import Exception as UNOException


def props(**kw):
    return tuple(PropertyValue(Name=k, Value=v) for k, v in kw.items())


def connect(pipe, office):
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    for _ in range(600):
        try:
            return resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except NoConnectException:
            if office.poll() is not None:
                sys.exit("soffice ended before it could be reached")
            time.sleep(0.1)
    sys.exit("soffice did not start within a minute")


def do(desktop, job):
    load = {"Hidden": True}
    if job.get("password"):
        load["Password"] = job["password"]
    try:
        doc = desktop.loadComponentFromURL(uno.systemPathToFileUrl(job["in"]), "_blank", 0, props(**load))
    except UNOException:
        return "refused"
    if doc is None:
        return "refused"
    try:
        if job.get("protect"):
            # The property Password is ignored for .xlsx: the file would be in the clear.
            names = (NamedValue("OOXPassword", job["protect"]), NamedValue("CryptoType", "Standard"))
            secret = uno.Any("[]com.sun.star.beans.NamedValue", names)
            store = props(FilterName="Calc MS Excel 2007 XML") + (PropertyValue(Name="EncryptionData", Value=secret),)
        else:
            store = props(FilterName="Text - txt - csv (StarCalc)", FilterOptions="59,34,76,1")
        doc.storeToURL(uno.systemPathToFileUrl(job["out"]), store)
    finally:
        doc.close(True)
    return "written"


def main():
    profile, pipe = sys.argv[1], f"medlem{os.getpid()}"
    office = subprocess.Popen(
        ["soffice", f"-env:UserInstallation={uno.systemPathToFileUrl(profile)}", "--headless", "--norestore",
         "--nologo", f"--accept=pipe,name={pipe};urp;"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        context = connect(pipe, office)
        desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
        print(json.dumps([do(desktop, job) for job in json.load(sys.stdin)]))
        try:
            desktop.terminate()
        except UNOException:
            pass
        office.wait(30)
    finally:
        if office.poll() is None:
            office.kill()


main()
