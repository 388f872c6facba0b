// An outsider's check of the log, with the code that secures Go's own module checksums: the signed note, and proofs read from tiles.
// Usage: outsider FOLDER VKEY. Prints how many proofs held; any error ends it with 1.
package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type folder string

func (f folder) Height() int { return 8 }

func (f folder) SaveTiles(tiles []tlog.Tile, data [][]byte) {}

func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, tile := range tiles {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		data, err := os.ReadFile(filepath.Join(string(f), filepath.FromSlash(path)))
		if err != nil {
			return nil, err
		}
		found = append(found, data)
	}
	return found, nil
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func main() {
	dir, vkey := os.Args[1], os.Args[2]
	raw, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	must(err)
	verifier, err := note.NewVerifier(vkey)
	must(err)
	opened, err := note.Open(raw, note.VerifierList(verifier))
	must(err)
	lines := bytes.Split([]byte(opened.Text), []byte("\n"))
	size, err := strconv.ParseInt(string(lines[1]), 10, 64)
	must(err)
	hash, err := base64.StdEncoding.DecodeString(string(lines[2]))
	must(err)
	var root tlog.Hash
	copy(root[:], hash)
	reader, proofs := tlog.TileHashReader(tlog.Tree{N: size, Hash: root}, folder(dir)), 0
	for index := int64(0); index < size; index += 97 {
		leaf, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
		must(err)
		proof, err := tlog.ProveRecord(size, index, reader)
		must(err)
		must(tlog.CheckRecord(proof, size, root, index, leaf[0]))
		proofs++
	}
	for old := int64(1); old < size; old += 911 {
		before, err := tlog.TreeHash(old, reader)
		must(err)
		proof, err := tlog.ProveTree(size, old, reader)
		must(err)
		must(tlog.CheckTree(proof, size, root, old, before))
		proofs++
	}
	fmt.Println(proofs)
}
