// Command excelizepart is the bare loop that the benchmark holds lists against:
// excelize and nothing else, no check, no protection, no register.
//
//	excelizepart write FILE ROWS COLUMNS   writes a workbook of so many cells of text
//	excelizepart read FILE                 reads every cell of a workbook
package main

import (
	"fmt"
	"os"
	"strconv"

	"github.com/xuri/excelize/v2"
)

func main() {
	var err error
	switch {
	case len(os.Args) == 5 && os.Args[1] == "write":
		err = write(os.Args[2], os.Args[3], os.Args[4])
	case len(os.Args) == 3 && os.Args[1] == "read":
		err = read(os.Args[2])
	default:
		err = fmt.Errorf("usage: excelizepart write FILE ROWS COLUMNS, or excelizepart read FILE")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func write(path, rowsText, columnsText string) error {
	rows, err := strconv.Atoi(rowsText)
	if err != nil {
		return err
	}
	columns, err := strconv.Atoi(columnsText)
	if err != nil {
		return err
	}
	f := excelize.NewFile()
	defer f.Close()
	w, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		return err
	}
	cells := make([]any, columns)
	for r := range rows {
		for c := range cells {
			cells[c] = fmt.Sprintf("Åse Ødegård %d-%d", r, c)
		}
		if err := w.SetRow("A"+strconv.Itoa(r+1), cells); err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.SaveAs(path)
}

func read(path string) error {
	f, err := excelize.OpenFile(path)
	if err != nil {
		return err
	}
	defer f.Close()
	rows, err := f.Rows("Sheet1")
	if err != nil {
		return err
	}
	defer rows.Close()
	cells := 0
	for rows.Next() {
		row, err := rows.Columns()
		if err != nil {
			return err
		}
		cells += len(row)
	}
	fmt.Println(cells)
	return rows.Error()
}
